"""How large the result of service is beside what all sales leave, month against month."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.ratios import ratio
from ...methods.totals import times
from ...queries.referrals import sales_by_month
from ...segmentation import books
from ...sources import Care
from ..margin import NO_MARGIN, margin_text
from .money import NO_AMOUNT, caveats, contacts_money, spoken

EDGE = 3  # days without a contact at an end of the table that leave its month whole
NO_MONTHS = N_("No whole month lies both in the contacts and in the sales.")
SMALL, PER = 0.01, 1_000_000  # a share below is shown as money for every million
NO_SALES = N_("sales come to nothing in those months")


@needs("contacts", "contacted_at")
def share_of_profit(care: Care) -> Answer:
    """What was sold at contacts over all sales, and the result of service over their margin."""
    if not care.columns("transactions"):
        return Skipped(_("The study has no table “{table}”.").format(table="transactions"))
    months = _months(care)
    if months.empty:
        return Skipped(_(NO_MONTHS))
    of_sales = _over_sales(care, months, "sold", 1.0)
    of_margin = _over_sales(care, months, "result", care.study.loyalty.margin)
    rows = [
        (
            {
                "what": _what(care, of_sales, "sold"),
                "computed": _parts(care, months, "sold", 1.0),
                "share_of_all": of_sales.value,
            },
            _readable(care, of_sales),
        ),
        (
            {
                "what": _what(care, of_margin, "result"),
                "computed": _parts(care, months, "result", care.study.loyalty.margin),
                "share_of_all": of_margin.value,
            },
            _readable(care, of_margin),
        ),
    ]
    return Finding(
        "share-of-profit",
        frame(rows),
        headline=_headline(care, of_margin),
        caption=_("Over {n} whole months, from {first} to {last}.").format(
            n=number(len(months)),
            first=books.month_name(int(months["month"].iloc[0])),
            last=books.month_name(int(months["month"].iloc[-1])),
        ),
        labels={"what": _("share"), "computed": _("how computed"), "value": _("estimate")},
        notes=(
            _(
                "Sales are taken as they stand in the books: what was sold at contacts is taken as "
                "part of them and not added again; fees and the cost of contacts are not in them."
            ),
            _("Each month is taken as independent of the last."),
            *caveats(care)[1:],
        ),
    )


def _readable(care: Care, share: Estimate) -> Estimate:
    """A share that per cents would round to nothing, as money for every million."""
    return replace(times(share, PER), unit=care.study.currency) if _tiny(share) else share


def _tiny(share: Estimate) -> bool:
    parts = [abs(part) for part in (share.value, share.low, share.high) if part is not None]
    return bool(parts) and max(parts) < SMALL


def _what(care: Care, share: Estimate, part: str) -> str:
    """What a row is of, and for how much of it where the share is tiny."""
    if _tiny(share):
        text = {
            "sold": _("sold at contacts, for every {million} of all sales"),
            "result": _("result of service, for every {million} of the margin of all sales"),
        }[part]
        return text.format(million=spoken(care, PER))
    return {
        "sold": _("sold at contacts, over all sales"),
        "result": _("result of service, over the margin of all sales"),
    }[part]


def _over_sales(care: Care, months: pd.DataFrame, column: str, margin: float) -> Estimate:
    missing, n = contacts_money(care).missing, len(months)
    if column == "result" and missing:
        return Estimate.absent(missing, n=n)
    if months[column].isna().all():
        return Estimate.absent(NO_AMOUNT, n=n)
    if months["sales"].sum() <= 0:
        return Estimate.absent(NO_SALES, n=n)
    if not margin:  # a result of fees alone needs none, the margin of all sales does
        return Estimate.absent(NO_MARGIN, n=n)
    level = care.study.confidence_level
    return ratio(months[column], margin * months["sales"], unit="share", confidence_level=level)


def _parts(care: Care, months: pd.DataFrame, column: str, margin: float) -> str:
    """Numerator and denominator of a share."""
    if months[column].isna().all() or not margin:
        return "–"
    above, below = spoken(care, months[column].sum()), spoken(care, months["sales"].sum())
    if column == "sold":
        return _("{sold} / {sales}").format(sold=above, sales=below)
    return _("{result} / ({margin} of {sales})").format(
        result=above, margin=margin_text(care), sales=below
    )


def _months(care: Care) -> pd.DataFrame:
    """Sold, result and all sales of each month that contacts and sales both cover whole."""
    money = contacts_money(care).rows.dropna(subset=["day"])
    if money.empty:
        return pd.DataFrame(columns=["month", "sold", "result", "sales"])
    books.customer_months(care)
    sales = care.once("sales by month", lambda: care.large.frame(sales_by_month()))
    month = 12 * money["day"].dt.year + money["day"].dt.month - 1
    made = money.groupby(month)[["sold", "result"]].sum(min_count=1)
    first, last = _whole(money["day"].min().date(), money["day"].max().date())
    first = max(first, books.first_whole_month(care))
    last = min(last, books.last_whole_month(care))
    months = pd.DataFrame({"month": range(first, last + 1)}).set_index("month", drop=False)
    for column in ("sold", "result"):  # a month without a contact brought nothing
        known = made[column].notna().any()
        months[column] = made[column].reindex(months.index).fillna(0.0) if known else float("nan")
    in_books = care.in_units(sales.set_index("month")["revenue"].astype("float64"))
    return months.assign(sales=in_books.reindex(months.index).fillna(0.0))


def _whole(first: dt.date, last: dt.date) -> tuple[int, int]:
    """The first and the last month that the contacts cover whole."""
    edge = dt.timedelta(days=EDGE)
    begins, ends = books.month_number(first), books.month_number(last)
    begins += books.month_number(first - edge) == begins
    return begins, ends - (books.month_number(last + edge) == ends)


def _headline(care: Care, share: Estimate) -> str:
    if share.value is None:
        text = _("What share of profit service brings is not known: {reason}")
        return text.format(reason=_(share.reason))
    what = _what(care, share, "result")
    if share.low is None or share.high is None or share.outside:
        verdict = _("how it would be in times like these is not known")
    elif share.low > 0:
        verdict = _("service brings profit")
    elif share.high < 0:
        verdict = _("service takes profit at once")
    else:
        verdict = _("whether service adds to profit cannot be told")
    return _("{what}: {share}; {verdict}").format(
        what=what[:1].upper() + what[1:], share=_readable(care, share), verdict=verdict
    )
