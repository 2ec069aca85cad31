"""Who leaves after a bad contact: whom it compares, the example's truth, and hostile studies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, loyalty
from carebench.estimate import Estimate, from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.after_contact import contacts, left_after_bad, left_by_days
from carebench.loyalty.after_contact.covariates import covariates
from carebench.methods.adjusted_difference import adjusted_difference
from carebench.reporting.columns import meaning
from carebench.reporting.deidentify import deidentified
from carebench.reporting.tables import text_table
from carebench.simulate import care as simulated
from studies import study

QUESTIONS = (
    loyalty.contacts_compared,
    loyalty.left_after_contact,
    loyalty.risk_of_bad_contact,
    loyalty.contact_balance,
    loyalty.leavers_with_bad_contacts,
)
DAY = pd.Timestamp("2025-03-01")


def contact_rows(*rows, **columns):
    """Contacts of (customer, days after the first of March, score)."""
    table = pd.DataFrame(rows, columns=["customer_id", "contacted_at", "score"])
    at = DAY + pd.to_timedelta(table["contacted_at"], unit="D") + pd.Timedelta(hours=3)
    table["contacted_at"] = at.dt.strftime("%Y-%m-%dT%H:%MZ")
    table.insert(0, "contact_id", [f"K{i}" for i in range(len(table))])
    return table.assign(**columns)


def contract_rows(*rows, until=400):
    """Contracts of (customer, first day, last day or None), seen until a day."""
    table = pd.DataFrame(rows, columns=["customer_id", "started_at", "ended_at"])
    for name in ("started_at", "ended_at"):
        days = pd.to_timedelta(table[name].astype("Float64"), unit="D")
        table[name] = (DAY + days).dt.strftime("%Y-%m-%d")
    last = (DAY + pd.Timedelta(days=until)).strftime("%Y-%m-%d")
    return table.assign(observed_until=last)


def purchase_rows(*rows):
    """Purchases of (customer, day, amount)."""
    table = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])
    days = DAY + pd.to_timedelta(table["occurred_at"], unit="D")
    return table.assign(occurred_at=days.dt.strftime("%Y-%m-%d"))


def status(care):
    """What became of each contact, in order of time."""
    return contacts.judged(care)["status"].tolist()


def statement(answer):
    """Everything a reader is told."""
    if isinstance(answer, Skipped):
        return answer.reason
    return " ".join([answer.headline, answer.caption, text_table(answer).plain(), *answer.notes])


def drawn(rng, n):
    """Of n simulated customers each first contact that can tell: plan, bad as observed, left."""
    since = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 1500, n), unit="D")
    people = pd.DataFrame({"customer_id": np.arange(n).astype(str), "status": "existing"})
    met, held = simulated.contacts_and_contracts(rng, people.assign(customer_since=since))
    day = met["contacted_at"].dt.tz_convert("Asia/Ho_Chi_Minh").dt.tz_localize(None)
    bad = met["score"].le(2) | met["resolved"].eq("no")
    rows = met[["customer_id"]].assign(day=day.dt.normalize(), bad=bad).merge(held)
    over = rows["day"] + pd.Timedelta(days=90)
    runs = rows["started_at"].le(rows["day"]) & ~rows["ended_at"].le(rows["day"])
    rows = rows.assign(left=rows["ended_at"].le(over))[runs & over.le(rows["observed_until"])]
    return rows.sort_values("day", kind="stable").drop_duplicates("customer_id")


@pytest.fixture(scope="module")
def truth():
    """Within a plan chance alone makes a contact bad: the mean difference over the plans."""
    rows = drawn(np.random.default_rng(20), 60_000)
    risk = rows.pivot_table("left", "segment", "bad")
    return float(((risk[True] - risk[False]) * rows["segment"].value_counts(normalize=True)).sum())


def test_the_interval_of_the_example_holds_the_truth_of_the_world_it_was_drawn_from(example, truth):
    adjusted = from_row(records(loyalty.risk_of_bad_contact(example).rows)[1])
    assert 5 < 100 * truth < 11
    assert adjusted.low <= 100 * truth <= adjusted.high
    assert adjusted.high - adjusted.low < 20


def test_the_truth_is_what_the_added_chances_and_the_mistaken_labels_make_of_it(truth):
    # Three monthly chances, each higher by .05 after a contact that was truly bad.
    gaps = []
    for plan in simulated.PLANS.values():
        stays = 1 - plan["a"] / (plan["a"] + plan["b"])
        gap = stays**3 - (stays - simulated.AFTER_BAD["added_chance_per_month"]) ** 3
        good, bad = simulated.RESOLVED["good"], simulated.RESOLVED["bad"]
        answered = 1 - simulated.UNANSWERED
        seen = {
            "bad": 1 - answered * bad * (1 - sum(simulated.SCORES["bad"][:2])),
            "good": 1 - answered * good * (1 - sum(simulated.SCORES["good"][:2])),
        }
        met = plan["bad"] * seen["bad"], (1 - plan["bad"]) * seen["good"]
        missed = plan["bad"] * (1 - seen["bad"]), (1 - plan["bad"]) * (1 - seen["good"])
        gaps.append(plan["share"] * gap * (met[0] / sum(met) - missed[0] / sum(missed)))
    assert truth == pytest.approx(sum(gaps), abs=0.015)


def test_adjusting_takes_away_what_the_plan_adds_to_the_raw_difference():
    # The plan made to weigh more than in the example, so that it shows in few customers.
    rows = drawn(np.random.default_rng(4), 25_000)
    rng = np.random.default_rng(5)
    basic = rows["segment"].eq("basic")
    rows = rows[rng.random(len(rows)) < np.where(basic == rows["bad"], 0.8, 0.2)]
    rows["left"] |= rows["segment"].eq("basic") & (rng.random(len(rows)) < 0.15)
    raw = rows.loc[rows["bad"], "left"].mean() - rows.loc[~rows["bad"], "left"].mean()
    plan = rows[["segment"]].eq("plus").astype(float)
    found = adjusted_difference(rows["left"], rows["bad"], plan).difference
    assert raw > found.high


def test_each_customer_counts_once_with_the_first_contact_that_can_tell(tmp_path):
    held = contract_rows(("a", 0, None), ("b", 20, 60), ("c", 0, 30), ("d", 0, None))
    met = contact_rows(
        ("a", 10, 5), ("b", 10, 1), ("b", 30, 2), ("a", 40, 1), ("c", 50, 1), ("d", 350, 1)
    )
    care = study(tmp_path, contacts=met, contracts=held)
    assert status(care) == [
        contacts.COMPARED, contacts.NO_CONTRACT, contacts.COMPARED, contacts.LATER,
        contacts.NO_CONTRACT, contacts.NOT_OVER,
    ]  # fmt: skip
    rows = contacts.judged(care)
    assert rows.loc[rows["status"].eq(contacts.COMPARED), "left"].tolist() == [False, True]
    assert rows.loc[rows["status"].eq(contacts.COMPARED), "earlier_bad"].tolist() == [0, 1]
    # The claim asks for the first bad contact: that of "a" came second.
    assert left_after_bad(care).k == 1
    assert left_after_bad(care).n == 2


def test_a_contract_that_follows_another_keeps_the_customer(tmp_path):
    held = contract_rows(("a", 0, 30), ("a", 31, None), ("b", 0, 30), ("b", 200, None))
    care = study(tmp_path, contacts=contact_rows(("a", 10, 1), ("b", 10, 1)), contracts=held)
    assert contacts.judged(care)["left"].tolist() == [False, True]


@pytest.mark.parametrize(("last", "left"), [(10, None), (11, True), (100, True), (101, False)])
def test_leaving_is_an_end_after_the_day_of_the_contact_and_within_the_days(tmp_path, last, left):
    met = contact_rows(("a", 10, 1), ("z", 10, 5))
    held = contract_rows(("a", 0, last), ("z", 0, None))
    rows = contacts.judged(study(tmp_path, contacts=met, contracts=held))
    assert (rows["status"].iloc[0] == contacts.COMPARED) is (left is not None)
    if left is not None:
        assert bool(rows["left"].iloc[0]) is left


def test_whoever_is_lost_from_sight_has_not_left(tmp_path):
    held = contract_rows(("a", 0, None), ("b", 0, None))
    held.loc[0, "observed_until"] = "2025-04-01"
    care = study(tmp_path, contacts=contact_rows(("a", 10, 1), ("b", 10, 1)), contracts=held)
    assert status(care) == [contacts.LOST_SIGHT, contacts.COMPARED]


def test_without_contracts_leaving_is_the_purchase_that_did_not_come(tmp_path):
    bought = purchase_rows(
        ("a", -60, 9), ("a", 5, 9), ("a", 30, 9), ("b", 5, 9), ("b", 10, 9), ("c", -80, 9),
        ("c", 20, 9), ("d", 6, -5), ("e", 10, 9), ("z", -200, 9), ("z", 300, 9),
    )  # fmt: skip
    met = contact_rows(*((name, 10, 1) for name in "abcde"), ("z", 290, 1))
    care = study(tmp_path, contacts=met, transactions=bought)
    rows = contacts.judged(care)
    assert rows["status"].tolist() == [
        contacts.COMPARED, contacts.COMPARED, contacts.COMPARED, contacts.NO_PURCHASE,
        contacts.NO_PURCHASE, contacts.NOT_WHOLE,
    ]  # fmt: skip
    # What "b" and "e" bought on the day of the contact counts neither before nor after it.
    assert rows["left"][:3].tolist() == [False, True, False]
    assert rows["purchases"][:3].tolist() == [2, 1, 1]
    assert rows["since"][:3].tolist() == [5, 5, 90]
    assert "no contracts" in statement(loyalty.contacts_compared(care))
    assert "bought nothing" in loyalty.left_after_contact(care).headline
    assert "pauses" in " ".join(left_after_bad(care).warnings)


def test_a_later_bad_contact_does_not_stand_in_for_a_first_one_that_cannot_tell(tmp_path):
    bought = purchase_rows(("a", 110, 9), ("z", -200, 9), ("z", 400, 9))
    met = contact_rows(("a", 10, 5), ("a", 120, 1))
    care = study(tmp_path, contacts=met, transactions=bought)
    assert status(care) == [contacts.NO_PURCHASE, contacts.LATER]
    assert contacts.judged(care)["first_bad"].tolist() == [False, True]


@pytest.mark.parametrize("column", ["score", "resolved"])
def test_one_of_the_two_columns_is_enough_and_the_report_says_which(tmp_path, column):
    met = contact_rows(("a", 10, 1), ("b", 10, 5)).assign(resolved=["no", "yes"])
    held = contract_rows(("a", 0, None), ("b", 0, None))
    other = {"score": "resolved", "resolved": "score"}[column]
    care = study(tmp_path, contacts=met.drop(columns=other), contracts=held)
    assert contacts.judged(care)["bad"].tolist() == [True, False]
    said = statement(loyalty.contacts_compared(care))
    assert "recorded" in said and ("5" in said) is (column == "score")


def test_a_score_decides_where_it_is_not_recorded_whether_the_request_was_settled(tmp_path):
    met = contact_rows(("a", 1, 1), ("b", 2, 5), ("c", 3, None), ("d", 4, None))
    met["resolved"] = ["", "", "no", ""]
    held = contract_rows(*((name, 0, None) for name in "abcd"))
    rows = contacts.judged(study(tmp_path, contacts=met, contracts=held))
    assert rows["bad"].tolist() == [True, False, True, pd.NA]
    assert rows["status"].iloc[3] == contacts.UNKNOWN


def test_the_share_for_the_claims_register_is_the_one_the_report_shows(example):
    found = left_after_bad(example)
    shown = from_row(records(loyalty.left_after_contact(example).rows)[0])
    assert isinstance(found, Estimate)
    assert (found.k, found.n, found.low) == (shown.k, shown.n, shown.low)


def test_leavers_are_the_difference_times_the_customers_that_are_printed(example):
    differences = records(loyalty.risk_of_bad_contact(example).rows)
    leavers = loyalty.leavers_with_bad_contacts(example)
    first_bad = int(contacts.judged(example)["first_bad"].sum())
    # Of the adjusted differences it is that of the customers by whose number it is multiplied.
    raw, _all, those = differences
    for found, times in zip(records(leavers.rows), (those, raw), strict=True):
        for name in ("value", "low", "high"):
            assert found[name] == pytest.approx(times[name] / 100 * first_bad * 365 / 640)
    assert f"{first_bad} customers" in statement(leavers)
    assert "640 days" in statement(leavers)


def test_no_word_of_the_report_says_that_a_contact_made_anybody_leave(example):
    for question in QUESTIONS:
        said = statement(question(example)).lower()
        assert "because of" not in said and "effect" not in said
    assert "associated with" in statement(loyalty.risk_of_bad_contact(example)).lower()


def test_what_is_adjusted_for_was_known_before_the_contact(example):
    rows = contacts.judged(example)
    rows = rows[rows["status"].eq(contacts.COMPARED)]
    later = rows.assign(left=~rows["left"], bad=~rows["bad"], first_bad=True)
    pd.testing.assert_frame_equal(covariates(rows), covariates(later))


def test_of_too_many_customers_some_are_drawn_by_lot_and_the_rest_is_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(contacts, "MOST", 5)
    monkeypatch.setattr(contacts, "AT_ONCE", 2)
    names = [f"c{i}" for i in range(12)]
    care = study(
        tmp_path,
        contacts=contact_rows(*((name, 10, 1) for name in names)),
        contracts=contract_rows(*((name, 0, None) for name in names)),
        transactions=purchase_rows(*((name, 5, 7) for name in names)),
    )
    rows = contacts.judged(care)
    assert rows["status"].value_counts().to_dict() == {contacts.NOT_DRAWN: 7, contacts.COMPARED: 5}
    assert rows.loc[rows["status"].eq(contacts.COMPARED), "purchases"].tolist() == [1] * 5
    assert left_after_bad(care).n == 12


def test_the_share_that_left_is_given_for_several_days_and_gets_no_verdict(tmp_path):
    # Of ten, five left after 100 days and two after 300: none within 90.
    ends = [110] * 5 + [310] * 2 + [None] * 3
    held = contract_rows(*((f"c{i}", 0, end) for i, end in enumerate(ends)))
    met = contact_rows(*((f"c{i}", 10, 1) for i in range(10)))
    care = study(tmp_path, contacts=met, contracts=held)
    rows = records(loyalty.left_after_contact(care).rows)
    assert [row["k"] for row in rows[:3]] == [0, 5, 7]
    assert [row["after"].split()[-2] for row in rows[:3]] == ["90", "180", "360"]
    assert left_by_days(care).endswith(
        "0% within 90 days; 50% within 180 days; 70% within 360 days"
    )
    assert left_after_bad(care).k == 0


def test_of_more_days_nothing_is_said_where_nobody_was_watched_for_so_long(tmp_path):
    held = contract_rows(*((f"c{i}", 0, None) for i in range(9)), until=150)
    care = study(tmp_path, contacts=contact_rows(*((f"c{i}", 10, 1) for i in range(9))),
                 contracts=held)  # fmt: skip
    assert left_by_days(care) == "no verdict, it depends on the days: 0% within 90 days"


def test_where_nobody_is_known_to_have_left_there_are_no_days_either(tmp_path):
    assert left_by_days(study(tmp_path, contacts=contact_rows(("a", 1, 1)))) == ""


def test_contracts_are_those_of_the_other_sections(tmp_path):
    # An end after the last day watched was not seen; an end before the start is none.
    held = contract_rows(("a", 0, 60), ("b", 20, 5), ("c", 0, None), until=400)
    held.loc[0, "observed_until"] = "2025-04-10"
    met = contact_rows(("a", 10, 1), ("b", 30, 1), ("c", 10, 5))
    care = study(tmp_path, contacts=met, contracts=held)
    assert status(care) == [contacts.LOST_SIGHT, contacts.COMPARED, contacts.NO_CONTRACT]


def test_a_bad_score_is_the_lowest_quarter_of_the_scale_that_the_study_names(tmp_path):
    met = contact_rows(("a", 1, 3), ("b", 2, 4), ("c", 3, 10))
    held = contract_rows(*((name, 0, None) for name in "abc"))
    scale = 'currency = "VND"\n[tables.contacts.scales]\nscore = [1, 10]'
    care = study(tmp_path, scale, contacts=met, contracts=held)
    assert contacts.judged(care)["bad"].tolist() == [True, False, False]
    assert "scored it 3.25 or less of 10" in statement(loyalty.contacts_compared(care))


HOSTILE = {
    "no contracts and no sales": {"contacts": contact_rows(("a", 1, 1))},
    "a contact of nobody": {
        "contacts": contact_rows((None, 1, 1), (None, 2, 5)),
        "contracts": contract_rows(("a", 0, None)),
    },
    "one customer": {
        "contacts": contact_rows(("a", 1, 1)),
        "contracts": contract_rows(("a", 0, 30), ("z", 0, None)),
    },
    "all contacts good": {
        "contacts": contact_rows(*((f"c{i}", i, 5) for i in range(60))),
        "contracts": contract_rows(*((f"c{i}", 0, None if i % 2 else 80) for i in range(60))),
    },
    "all contacts bad": {
        "contacts": contact_rows(*((f"c{i}", i, 1) for i in range(60))),
        "contracts": contract_rows(*((f"c{i}", 0, None if i % 2 else 80) for i in range(60))),
    },
    "nobody left": {
        "contacts": contact_rows(*((f"c{i}", i, 1 + i % 5) for i in range(60))),
        "contracts": contract_rows(*((f"c{i}", 0, None) for i in range(60))),
    },
    "everyone censored": {
        "contacts": contact_rows(*((f"c{i}", i, 1 + i % 5) for i in range(60))),
        "contracts": contract_rows(*((f"c{i}", 0, None) for i in range(60)), until=61),
    },
    "three months of sales": {
        "contacts": contact_rows(*((f"c{i}", i, 1 + i % 5) for i in range(60))),
        "transactions": purchase_rows(*((f"c{i}", i, 100) for i in range(90))),
    },
    "refunds alone": {
        "contacts": contact_rows(*((f"c{i}", 150, 1 + i % 5) for i in range(60))),
        "transactions": purchase_rows(*((f"c{i}", 4 * i, -100) for i in range(90))),
    },
    "contracts without their days": {
        "contacts": contact_rows(*((f"c{i}", i, 1 + i % 5) for i in range(60))),
        "contracts": pd.DataFrame({"customer_id": ["c1"], "duration": [3], "ended": ["yes"]}),
    },
    "a channel for bad contacts alone": {
        "contacts": contact_rows(
            *((f"c{i}", i, 1 if i % 3 else 5) for i in range(90)),
            channel=["phone" if i % 3 else "chat" for i in range(90)],
        ),
        "contracts": contract_rows(*((f"c{i}", 0, None if i % 4 else i + 20) for i in range(90))),
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_told_is_said(tmp_path, name):
    care = study(tmp_path, **HOSTILE[name])
    for question in QUESTIONS:
        assert statement(question(care))
    adjusted = loyalty.risk_of_bad_contact(care)
    if isinstance(adjusted, Finding):
        assert pd.isna(adjusted.rows["value"].iloc[1])
        assert "cannot be told" in adjusted.headline
    else:
        assert isinstance(left_after_bad(care), Skipped)


@pytest.mark.parametrize("column", ["customer_id", "contacted_at", "score"])
def test_a_missing_column_is_named(tmp_path, column):
    met = contact_rows(("a", 1, 1)).drop(columns=column)
    care = study(tmp_path, contacts=met, contracts=contract_rows(("a", 0, None)))
    assert isinstance(left_after_bad(care), Skipped)
    for question in QUESTIONS:
        said = statement(question(care))
        assert "rated" in said if column == "score" else column in said


@pytest.mark.parametrize("traits", [3, 60])
def test_the_figure_of_balance_shows_the_traits_that_differ_most(traits):
    rows = pd.DataFrame({"trait": [f"trait {i}" for i in range(traits)], "band": 0.1})
    rows["before"] = np.linspace(0.5, -0.1, traits)
    ax = Figure().subplots()
    figures.plot_balance(rows.assign(after=0.01), ax=ax)
    named = [label.get_text() for label in ax.get_yticklabels()]
    assert named == rows["trait"].head(30).tolist()
    assert ax.get_xlim()[0] == -ax.get_xlim()[1] < -0.5
    assert figures.plot_balance.height(rows) == figures.plot_balance.height(rows.head(30))


def test_the_figure_of_balance_draws_no_weighted_dots_where_nothing_was_weighted():
    rows = pd.DataFrame({"trait": ["one"], "before": [0.3], "after": [np.nan], "band": 0.1})
    ax = Figure().subplots()
    figures.plot_balance(rows, ax=ax)
    assert ax.get_legend_handles_labels()[1] == ["as they are"]


def test_each_column_that_leaves_in_an_export_has_a_meaning_and_its_numbers_a_base(example):
    for question in QUESTIONS:
        answer = question(example)
        for column in answer.rows:
            assert meaning(column, answer) != column.replace("_", " ") or column in answer.labels
        assert isinstance(deidentified(answer), Finding)
