"""What each column of an exported table means, in what unit, by which method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ..estimate import COLUMNS
from ..finding import Finding
from ..language import N_, _
from ..schema import TABLES

# Columns that no heading of a report explains.
MEANINGS: dict[str, str] = {
    "value": N_("the estimate, not rounded"),
    "low": N_("lower limit of the interval; empty beside an upper one: no finite limit"),
    "high": N_("upper limit of the interval; empty beside a lower one: no finite limit"),
    "n": N_("number of observations that the row rests on"),
    "method": N_("how the interval was made"),
    "unit": N_("unit of the estimate and its interval"),
    "confidence_level": N_("confidence level of the interval"),
    "k": N_("how many of the n, where the estimate is k of n"),
    "design_effect": N_("by how much clusters or weights widen the variance"),
    "outside": N_("whether the confidence set is everything outside the two limits"),
    "reason": N_("why there is no number"),
    "warnings": N_("what to know before using the number"),
    "reference": N_("figure drawn beside the estimate, such as a published one"),
    "reference_name": N_("what that figure is, or where it was published"),
    "label": N_("name of a point that the figure marks"),
    "what": N_("what the row is about"),
    "customers": N_("share of customers, those with the most revenue first"),
    "revenue": N_("their share of revenue"),
    "top_n": N_("customers at the top, the one at the cut counting in part"),
    "largest_part": N_(
        "part that the largest customer brings, of the row’s revenue or of all: the larger"
    ),
    "time": N_("time since the attempt was made"),
    "share": N_("share answered by then"),
    "waiting": N_("attempts still waiting just before then"),
    "variance": N_("variance of the share on the log-log scale"),
    "limit": N_("time within which an answer should come"),
    "event": N_("what the row of the curve is of: a person’s answer, an automatic reply, a tick"),
    "way": N_("the verdict as a number: 1 slower, -1 faster, 0 not distinguishable, 2 otherwise"),
    "day": N_("day of the week, 0 is Monday"),
    "hour": N_("hour of the day, local time"),
    "always": N_("whether the provider claims to answer at every hour"),
    "day_k": N_("attempts answered by day"),
    "day_n": N_("attempts made by day"),
    "night_k": N_("attempts answered at night"),
    "night_n": N_("attempts made at night"),
    "answered_rate": N_("share of attempts answered by a person"),
    "answered_low": N_("lower limit of the share answered"),
    "answered_high": N_("upper limit of the share answered"),
    "resolved_rate": N_("share of attempts resolved"),
    "resolved_low": N_("lower limit of the share resolved"),
    "resolved_high": N_("upper limit of the share resolved"),
    "divided": N_("providers whose people gave different answers"),
    "cumulative": N_("share of all complaints, of this reason and those before it"),
    "serious": N_("complaints of severity 3 or 4"),
    "own": N_("share of the provider in question"),
    "own_low": N_("lower limit of that share"),
    "own_high": N_("upper limit of that share"),
    "own_n": N_("attempts that share rests on"),
    "field": N_("mean share of the other providers, each counting alike"),
    "field_low": N_("lower limit of the others’ mean"),
    "field_high": N_("upper limit of the others’ mean"),
    "others_low": N_("lowest share of the others"),
    "others_high": N_("highest share of the others"),
    "about": N_("channel, hours or item that the row is about"),
    "kind": N_("kind of measure"),
    "goal": N_("share of the best third, or the published one, that is to be reached"),
    "goal_low": N_("lower limit of that goal"),
    "goal_high": N_("upper limit of that goal"),
    "gain": N_("gain as a share of all requests, if the goal is reached"),
    "gain_low": N_("lower limit of the gain"),
    "gain_high": N_("upper limit of the gain"),
    "established": N_("whether the gap is established after correction for all that was looked at"),
    "best_place": N_("best place that the differences of all pairs leave open, 1 is the largest"),
    "worst_place": N_("worst place that they leave open"),
    "r_squared": N_("share of the variance of the outcome that all items explain together (R²)"),
    "adjusted_r_squared": N_("the same, adjusted for the number of items"),
    "coefficient": N_("odds ratio, or points of the outcome, for one point more on the item"),
    "coefficient_low": N_("lower limit of that coefficient"),
    "coefficient_high": N_("upper limit of that coefficient"),
    "coefficient_unit": N_("unit of that coefficient: ratio (of odds) or score (points)"),
    "coefficient_reason": N_("why there is no coefficient"),
    "tied": N_("whether a tie of its own to the outcome is established for the item"),
    "performance_value": N_("mean score of the item"),
    "performance_low": N_("lower limit of that mean"),
    "performance_high": N_("upper limit of that mean"),
    "cross_performance": N_("mean of all items, at which the map is parted"),
    "cross_share": N_("equal share, at which the map is parted"),
    "least_width": N_("least width of the axis of mean scores"),
    "certain": N_("whether both intervals leave out the lines of the cross"),
    "axis": N_("what the axis of the figure shows"),
    "verdict": N_("what the attempts say of it, allowing for all comparisons"),
    "direction": N_(
        "the verdict as a number: 1 above, 0 not distinguishable, -1 below; empty where not judged"
    ),
    "e_value": N_("E-value: risk ratio that something unrecorded would need to explain it away"),
    "e_value_limit": N_("the same for the limit of the interval that is nearer to no difference"),
    "band": N_("standardised difference up to which groups count as alike"),
    "p_value": N_("p-value of the comparison, adjusted for all comparisons (Holm)"),
    "spent": N_("what was spent, in the study’s currency: the numerator"),
    "counted": N_("customers or customer-years that the spending is divided by"),
    "periods_later": N_("periods from spending to winning"),
    "incremental": N_("whether the row is of incremental cost, which tests the claims"),
    "looked": N_("months looked at"),
    "net_gain": N_("net gain for each customer with the effort"),
    "net_gain_low": N_("lower limit of the net gain"),
    "net_gain_high": N_("upper limit of the net gain"),
    "chance_of_gain": N_("share of the draws in which there is a gain"),
    "gain_at_low": N_("net gain where what varies is low; of all together, the lower limit"),
    "gain_at_high": N_("net gain where what varies is high; of all together, the upper limit"),
    "gain_at_rest": N_("net gain where nothing varies"),
    "joint": N_("whether all inputs vary at once"),
    "conclusion": N_("whether the effort was worth it"),
    "log_rank_p": N_("p-value of the log-rank test within parts of the week, adjusted (Holm)"),
    "benchmark": N_("what the row was compared with"),
    "ranked": N_("whether it rests on five attempts or more"),
    "shrunken": N_("the rate drawn towards the others’ by as much as chance explains"),
    "shrunken_low": N_("lower limit of the interval of the drawn rate"),
    "shrunken_high": N_("upper limit of the interval of the drawn rate"),
    "flag": N_(
        "outside which limits of chance it lies: 0 none, 1 or -1 the inner, 2 or -2 the outer"
    ),
    "centre": N_("middle line of the funnel"),
    "inner_low": N_("lower inner limit of chance at n attempts"),
    "inner_high": N_("upper inner limit of chance at n attempts"),
    "outer_low": N_("lower outer limit of chance at n attempts"),
    "outer_high": N_("upper outer limit of chance at n attempts"),
    "abandoned": N_("share of the contacts offered that were given up"),
    "claimed_open": N_("share of the providers with claimed hours that claim to be open then"),
    "tested": N_("whether calls by day and at night could test a claim to answer 24/7"),
    "refuted": N_("whether the calls refute a claim to answer 24/7"),
    "staffed_value": N_("share of the week with somebody there"),
    "staffed_low": N_("lower limit of the staffed share"),
    "staffed_high": N_("upper limit of the staffed share"),
    "parts_tried": N_("parts of the week, of five, in which a call was made"),
    "opens_low": N_("earliest hour at which the weekday may begin"),
    "opens_high": N_("latest hour at which the weekday may begin"),
    "closes_low": N_("earliest hour at which the weekday may end"),
    "closes_high": N_("latest hour at which the weekday may end"),
    "claimed_opens": N_("hour at which the weekday is claimed to begin"),
    "claimed_closes": N_("hour at which the weekday is claimed to end"),
    "shorter": N_("whether the weekday is shorter than claimed"),
    "dark": N_("whether none was answered in a part of the claimed hours"),
    "less_often": N_("whether calls are answered less often in a part of the claimed hours"),
    "present": N_("whether it answers in hours in which it claims to be closed"),
    "care_stage": N_("stage of purchase the request belongs to"),
    "care_method": N_("how the care is given"),
    "care_form": N_("face to face or at a distance"),
    "measure": N_("what was counted: requests answered, or resolved"),
    "claim_id": N_("name of the claim in the table of claims"),
    "claimed_value": N_("the number that the claim gives, or the bound it is tested by"),
    "measured": N_("whether this study has a figure of its own"),
    "supported": N_("whether this study bears the claim out"),
    "contradicted": N_("whether this study contradicts the claim"),
    "within_limit": N_("share of the answered contacts that were answered in time"),
    "changed": N_("whether the change is established, allowing for all comparisons"),
    "margin": N_("points within which two waves count as the same"),
    "from_worst": N_("place of the answer on its scale, 0 the worst to 1 the best"),
    "heading": N_("what the row is of"),
    "alike_p": N_("p-value of no difference between the waves (Cochran’s Q), not adjusted"),
    "chance_low": N_("lower limit of what chance alone would give, were there no change"),
    "chance_high": N_("upper limit of what chance alone would give, were there no change"),
    "numerator": N_("what was divided"),
    "denominator": N_("what it was divided by"),
    "detectable": N_("points that a change would need in order to be seen four times in five"),
    "attempts": N_("attempts per provider"),
    "providers": N_("providers that are in the comparison"),
    "named_low": N_("lower limit of the mean change of these named providers alone"),
    "named_high": N_("upper limit of that mean change"),
    "named_changed": N_("whether that mean change is established"),
    "claimed": N_("whether the provider says so; empty where it says nothing"),
    "mark": N_("the word behind the mark in the figure, in English"),
    "state": N_("what claim and attempts say together"),
    "channel_share": N_("mean share answered over the channels, drawn towards the providers’ mean"),
    "channel_n": N_("attempts behind the channels"),
    "resolved_share": N_("share of answered requests resolved, drawn towards the providers’ mean"),
    "resolved_n": N_("attempts behind the requests resolved"),
    "quality_share": N_("share of scores of 4 and 5, drawn towards the providers’ mean"),
    "quality_n": N_("rated attempts behind the quality"),
    "hours_share": N_("share of the week answerable, drawn towards the providers’ mean"),
    "hours_n": N_("calls behind the share of the week"),
    "other": N_("index by the other mean"),
    "best": N_("chance of being truly the best; empty where no ranking is supported"),
    "ranks": N_("ranks that chance leaves, 1 is the highest index"),
    "rank_low": N_("highest of the ranks that chance leaves"),
    "rank_high": N_("lowest of the ranks that chance leaves"),
    "sets": N_("ranks that chance leaves to all at once"),
    "set_low": N_("highest rank when all are to hold at once"),
    "set_high": N_("lowest rank when all are to hold at once"),
    "weighted": N_("ranks under other weights, the shares held fixed"),
    "weights_low": N_("highest rank under other weights"),
    "weights_high": N_("lowest rank under other weights"),
    "other_rank": N_("rank by the other mean"),
    "one": N_("difference, 0 to 1, from which one pair is told apart"),
    "all": N_("difference, 0 to 1, from which any pair is told apart"),
    "gap": N_("smallest difference that is seen, 0 to 1"),
    "comparisons": N_("number of comparisons that are judged together"),
    "score_1": N_("share of scores that were 1, the worst"),
    "score_2": N_("share of scores that were 2"),
    "score_3": N_("share of scores that were 3"),
    "score_4": N_("share of scores that were 4"),
    "score_5": N_("share of scores that were 5, the best"),
    "adjusted_mean": N_("mean score, adjusted for the severity of the shoppers"),
    "adjusted_low": N_("lower limit of the adjusted mean"),
    "adjusted_high": N_("upper limit of the adjusted mean"),
    "equal_pairs": N_("share of pairs of scores of one contact that are equal"),
    "commonest_score": N_("the score that was given most often"),
    "commonest_share": N_("share of that score"),
    "over_all": N_("whether the row is over all providers together"),
    "resolved_answers": N_("requests resolved, of those that a person answered"),
    "answers_n": N_("attempts that a person answered"),
    "answered_k": N_("the persona’s attempts answered"),
    "answered_n": N_("the persona’s attempts"),
    "answered_others_k": N_("the other personas’ attempts answered"),
    "answered_others_n": N_("the other personas’ attempts"),
    "answered_gap": N_("share answered less that of the other personas"),
    "answered_gap_low": N_("lower limit of that difference"),
    "answered_gap_high": N_("upper limit of that difference"),
    "scored_k": N_("contacts with a good score, 4 or 5"),
    "scored_n": N_("contacts scored"),
    "scored_others_k": N_("the other personas’ contacts with a good score"),
    "scored_others_n": N_("the other personas’ contacts scored"),
    "scored_gap": N_("share of good scores less that of the other personas"),
    "scored_gap_low": N_("lower limit of that difference"),
    "scored_gap_high": N_("upper limit of that difference"),
    "before_value": N_("the number in the earlier period, not rounded"),
    "after_value": N_("the number in the later period, not rounded"),
    "first_day": N_("first day of the sales"),
    "last_day": N_("last day of the sales"),
    "place": N_("place of the provider in the figure, from the top"),
    "linked": N_("whether the two go together beyond chance, among all the pairs (Holm)"),
    "ceiling": N_("the correlation that noise of both measures would leave of a perfect one"),
    "x": N_("what the figure has across"),
    "x_low": N_("lower limit of what the figure has across"),
    "x_high": N_("upper limit of what the figure has across"),
    "x_n": N_("number of observations that the value across rests on"),
    "x_unit": N_("unit of what the figure has across"),
    "x_name": N_("name of what the figure has across"),
    "y": N_("what the figure has upwards"),
    "y_low": N_("lower limit of what the figure has upwards"),
    "y_high": N_("upper limit of what the figure has upwards"),
    "y_n": N_("number of observations that the value upwards rests on"),
    "y_unit": N_("unit of what the figure has upwards"),
    "y_name": N_("name of what the figure has upwards"),
    "by": N_("scheme, or pair of schemes, that the row is of"),
    "code": N_("the group as the data write it"),
    "other_code": N_("the group of the second scheme as the data write it"),
    "group_kind": N_("0 a named group, 1 the others, 2 not recorded, 3 not on the list"),
    "drawn": N_("whether the figure shows the row"),
    "served": N_("department that is served"),
    "serving": N_("department that serves"),
    "whom_for": N_("group of customers that an activity of care is for, in the plan’s own word"),
    "group": N_("the group, such as a kind of contract, or all together"),
    "contracts": N_("contracts that are followed"),
    "groups_without": N_("groups of customers for whom the plan has no such activity"),
    "groups": N_("groups of customers that the plan is to reach"),
    "judged": N_("the verdict as a word of the program, in English"),
    "own_activities": N_("activities of the human factor that these customers get"),
    "larger_activities": N_("the most such activities that larger customers get"),
    "mix": N_("name of the mix of activities; empty: a point of the curve of efficient mixes"),
    "worth_low": N_("what it is assumed to bring in a period, at low inputs"),
    "worth": N_("what it is assumed to bring in a period, before its cost"),
    "worth_high": N_("what it is assumed to bring in a period, at high inputs"),
    "rank_worst": N_("rank by value among the affordable mixes, values low and costs high"),
    "rank_base": N_("rank by value among the affordable mixes, at base inputs"),
    "rank_best": N_("rank by value among the affordable mixes, values high and costs low"),
    "chosen": N_("what the mix that is best at base inputs brings in this case"),
    "regret": N_("what the best mix of the case brings beyond that; empty: it does not fit"),
    "over_budget": N_("by how much the mix that is best at base inputs exceeds the budget"),
    "efficient": N_("whether no mix is worth more for the same cost or less, at base inputs"),
    "budget": N_("what the care plan may cost in one period"),
    "scale": N_("by what amounts are divided in the figure"),
    "money": N_("what amounts are called after that division"),
    "per_cost_worst": N_("value per cost, values low and costs high"),
    "per_cost_base": N_("value per cost at base inputs"),
    "per_cost_best": N_("value per cost, values high and costs low"),
    "recency_customers": N_("customers with this score of recency"),
    "frequency_customers": N_("customers with this score of frequency"),
    "monetary_customers": N_("customers with this score of net revenue"),
    "customer_share": N_("share of all who bought or were refunded"),
    "net_revenue": N_("net revenue of all the time"),
    "once": N_("customers who bought on one day only"),
    "rule": N_("scores of recency (R) and value (V) that make the segment"),
    "apart": N_("whether they may have bought before the books begin"),
    "months": N_("months in a period: 1, or 3 in a quarter"),
    "closeness": N_("how close the groups lie round their middle, where parts of one cloud are 1"),
    "found": N_("whether the groups are stable and clearly apart"),
    "part": N_("what the row is of: a curve, a tick of its axis, what was observed, or the model"),
    "since_start": N_("time since the start of the contract, in the study’s periods"),
    "held": N_("share of contracts still held"),
    "at_risk": N_("contracts still followed at that time"),
    "by_year": N_("whether the periods are years; months otherwise"),
    "seen_until": N_("up to which age contracts were followed in any number"),
    "p_holm": N_("p-value, adjusted for all that was compared (Holm)"),
    "retention_value": N_("chance to pass the next period"),
    "retention_low": N_("lower limit of that chance"),
    "retention_high": N_("upper limit of that chance"),
    "stayed": N_("contracts of those followed that were still held"),
    "by_study": N_("whether it is the number of days that the study sets"),
    "entry": N_("line of the account of service, as a word of the program, in English"),
    "share_of_all": N_("the same as a share, where the estimate is money for every million"),
    "reached": N_("contacts that reach the step"),
    "sign_code": N_("the sign as a word of the program, in English"),
    **{
        f"{name}_{n}": meaning
        for n in (1, 2, 3, 5, 6, 12)
        for name, meaning in (
            ("held", N_("share of the contracts still held after so many periods")),
            ("low", N_("lower limit of that share")),
            ("high", N_("upper limit of that share")),
            ("k", N_("contracts still held after so many periods")),
        )
    },
    "total_low": N_("lower limit of the prediction of `total`"),
    "total_high": N_("upper limit of the prediction of `total`"),
    "alive": N_("mean chance of still buying, by the model"),
    "alive_low": N_("lower limit of that chance"),
    "alive_high": N_("upper limit of that chance"),
    "purchases": N_("days of purchase expected of a customer within the horizon"),
    "purchases_low": N_("lower limit of those days"),
    "purchases_high": N_("upper limit of those days"),
    "error": N_("foretold over made, less 1"),
    "earned": N_("net revenue of the time that was foretold"),
    "foretold_money": N_("net revenue foretold for that time"),
    "result": N_("whether it holds in these books"),
    "model": N_("which of the models the parameter belongs to"),
    "later_purchases": N_("net revenue of all days after the first purchase"),
    "first_purchases": N_("net revenue of the days of first purchases"),
}
_UNITS = {
    "share": N_("share, 0 to 1"),
    "date": N_("day"),
    "month": N_("month"),
    "score": N_("points"),
}
_OWN_UNIT = ("value", "low", "high", "reference")
_SHARES = (
    "confidence_level",
    "share",
    "customers",
    "revenue",
    "answered_rate",
    "resolved_rate",
    "channel_share",
    "resolved_share",
    "quality_share",
    "hours_share",
    "best",
    "alive",
    "alive_low",
    "alive_high",
)


def describe(name: str, answer: Finding, columns: Mapping[str, str]) -> Iterable[dict[str, str]]:
    """A row of the dictionary for each column of the table `name`.

    Parameters
    ----------
    name : str
        What the exported table is called.
    answer : Finding
        The answer that it holds.
    columns : mapping of str to str
        The name of each exported column: the name it has in `answer`.
    """
    for exported, own in columns.items():
        yield {
            "table": name,
            "column": exported,
            "meaning": meaning(own, answer),
            "unit": _unit(own, answer),
            "type": _type(answer.rows, own),
            "method": _method(own, answer),
        }


def meaning(column: str, answer: Finding) -> str:
    """The heading that a reader sees, what `MEANINGS` or the codebook says, or the name itself."""
    if answer.labels.get(column):
        return answer.labels[column]
    if column in MEANINGS:
        return _(MEANINGS[column])
    known = {c.name: c.meaning for table in TABLES.values() for c in table.columns}
    return known.get(column, column.replace("_", " "))


def _unit(column: str, answer: Finding) -> str:
    rows, style = answer.rows, answer.styles.get(column, "")
    if style:
        return _(_UNITS[style]) if style in _UNITS else style
    if "unit" in rows and column in (*_OWN_UNIT, "time"):
        units = [str(unit) for unit in rows["unit"].dropna().unique()]
        return "; ".join(_(_UNITS[unit]) if unit in _UNITS else unit for unit in units)
    is_share = column in _SHARES and pd.api.types.is_float_dtype(rows[column])
    return _(_UNITS["share"]) if is_share else ""


def _type(rows: pd.DataFrame, column: str) -> str:
    values = rows[column]
    if pd.api.types.is_bool_dtype(values):
        return "true/false"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _method(column: str, answer: Finding) -> str:
    if column not in ("value", "low", "high") or not set(COLUMNS) <= set(answer.rows.columns):
        return ""
    methods = [_(str(method)) for method in answer.rows["method"].dropna().unique() if method]
    return "; ".join(methods)
