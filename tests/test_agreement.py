"""Whether scores can be trusted: agreement, consistency, severity, and the same care for all."""

from __future__ import annotations

import numpy as np
import pytest

from carebench.estimate import Estimate
from carebench.methods import agreement
from carebench.methods.agreement import (
    CANNOT_TELL,
    FIRMLY,
    NOT_RELIABLE,
    TENTATIVELY,
    krippendorff_alpha,
    raw_agreement,
    verdict,
)
from carebench.methods.comparisons import THE_SAME
from carebench.methods.consistency import correlations_with_rest, icc
from carebench.methods.contacts import share_of_scores
from carebench.methods.equal_care import (
    CANNOT_SHOW,
    SLIGHTLY_WORSE,
    TOO_FEW,
    WORSE,
    combined,
    verdicts,
    worse_by_counts,
    worse_by_means,
    worse_by_means_within,
)
from carebench.methods.proportions import difference, wilson
from carebench.methods.severity import (
    NO_SPREAD,
    NOT_CONNECTED,
    NOTHING_LEFT,
    ONE_SHOPPER,
    TOO_MANY,
    two_way,
)
from carebench.schema import DataError

# Krippendorff (2011), Computing Krippendorff's alpha-reliability: 4 raters, 12 units, . missing.
KRIPPENDORFF = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# Shrout & Fleiss (1979), Psychol. Bull. 86:420-428, table 2: 6 targets, 4 judges.
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def long(table):
    """Contacts and scores, one entry a score, of a table of contacts by shoppers."""
    n, k = np.shape(table)
    return np.repeat(np.arange(n), k), np.ravel(table)


def krippendorff():
    return np.array([[float(c) if c != "." else np.nan for c in row] for row in KRIPPENDORFF]).T


def likert(rng, n, shoppers, *, between=0.7, error=0.5):
    """Scores of 1 to 5 that each of `shoppers`, of so much severity, gives n contacts."""
    quality = 3.2 + between * rng.standard_normal((n, 1))
    noise = error * rng.standard_normal((n, len(shoppers)))
    return np.clip(np.round(quality + shoppers + noise), 1, 5)


# --- alpha ---


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_is_the_published_one_at_each_level(level, published):
    found = krippendorff_alpha(*long(krippendorff()), level=level)
    assert found.value == pytest.approx(published, abs=5e-4)
    assert found.n == 11  # the twelfth unit was coded once
    assert level in found.method
    assert found.low < found.value < found.high


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_is_that_of_every_pair_of_scores_counted_one_by_one(level):
    # A second computation: Krippendorff's definition, looping over pairs.
    rng = np.random.default_rng(4)
    table = likert(rng, 15, np.array([0.2, -0.4, 0.1])) - 1  # 0 is a score like any other
    table[rng.random(table.shape) < 0.15] = np.nan
    kept = [row[~np.isnan(row)] for row in table if (~np.isnan(row)).sum() >= 2]
    every = np.concatenate(kept)
    counts = {c: (every == c).sum() for c in np.unique(every)}

    def between(c, d):
        given = sum(n for point, n in counts.items() if min(c, d) <= point <= max(c, d))
        return given - (counts[c] + counts[d]) / 2

    distance = {
        "nominal": lambda c, d: 1,
        "ordinal": lambda c, d: between(c, d) ** 2,
        "interval": lambda c, d: (c - d) ** 2,
        "ratio": lambda c, d: ((c - d) / (c + d)) ** 2,
    }[level]

    def total(scores):
        return sum(distance(c, d) for c in scores for d in scores if c != d)

    observed = sum(total(row) / (len(row) - 1) for row in kept) / len(every)
    expected = total(every) / (len(every) * (len(every) - 1))
    got = krippendorff_alpha(*long(table), level=level).value
    assert got == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize(
    ("level", "keeps", "loses"),
    [
        ("nominal", lambda x: (5 * x) % 7, lambda x: np.where(x > 3, 3, x)),
        ("ordinal", np.exp, lambda x: (5 * x) % 7),
        ("interval", lambda x: 3 * x + 8, np.exp),
        ("ratio", lambda x: 3 * x, lambda x: 3 * x + 8),
    ],
)
def test_alpha_knows_only_what_its_level_does_and_not_who_gave_the_scores(level, keeps, loses):
    table = krippendorff()

    def alpha(scores):
        return krippendorff_alpha(*long(scores), level=level).value

    assert alpha(table[:, ::-1]) == pytest.approx(alpha(table))
    assert alpha(keeps(table)) == pytest.approx(alpha(table))
    assert alpha(loses(table)) != pytest.approx(alpha(table), abs=1e-3)


def test_ordinal_alpha_is_the_same_from_either_end_of_the_scale():
    table = krippendorff()
    first = krippendorff_alpha(*long(table)).value
    assert krippendorff_alpha(*long(6 - table)).value == pytest.approx(first)


def test_nominal_alpha_of_two_coders_is_scotts_pi_but_for_a_small_sample():
    # Krippendorff (2004), p. 247: alpha = 1 - (2n - 1) / 2n * (1 - pi).
    first, second = np.random.default_rng(9).integers(0, 3, (2, 50))
    second = np.where(np.arange(50) < 30, first, second)
    share = np.bincount(np.concatenate([first, second])) / 100
    pi = ((first == second).mean() - (share**2).sum()) / (1 - (share**2).sum())
    got = krippendorff_alpha(*long(np.column_stack([first, second])), level="nominal").value
    assert got == pytest.approx(1 - 99 / 100 * (1 - pi))


def test_alpha_is_one_where_all_agree_and_about_zero_where_all_guess():
    same = np.repeat(np.random.default_rng(2).integers(1, 6, (30, 1)), 4, axis=1)
    found = krippendorff_alpha(*long(same))
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
    guessed = np.random.default_rng(3).integers(1, 6, (300, 4))
    assert abs(krippendorff_alpha(*long(guessed)).value) < 0.05


def test_the_interval_of_alpha_covers_it_for_these_shoppers(monkeypatch):
    monkeypatch.setattr(agreement, "REPLICATES", 300)
    rng = np.random.default_rng(11)
    shoppers = np.array([-0.5, -0.2, 0.2, 0.5])
    truth = krippendorff_alpha(*long(likert(rng, 40_000, shoppers))).value
    found = [krippendorff_alpha(*long(likert(rng, 48, shoppers))) for _ in range(300)]
    assert np.mean([one.low <= truth <= one.high for one in found]) > 0.91
    # The verdict rests on the lower limit, which is the safe one.
    assert np.mean([one.low > truth for one in found]) < 0.04


def test_alpha_says_why_it_is_not_known():
    assert krippendorff_alpha([1, 2, 3], [4, 4, 5]).value is None
    assert krippendorff_alpha([1, 1, 2, 2], [4, 4, 4, 4]).reason.startswith(
        "all scores are the same"
    )
    assert krippendorff_alpha([], []).value is None
    many = np.linspace(1, 5, 400)
    assert "more different scores" in krippendorff_alpha(np.arange(400) // 2, many).reason


def test_a_level_that_scores_cannot_have_is_refused():
    with pytest.raises(DataError, match="expected one of nominal, ordinal, interval, ratio"):
        krippendorff_alpha([1, 1], [4, 5], level="scale")
    with pytest.raises(DataError, match="-2 has no ratio"):
        krippendorff_alpha([1, 1], [-2, 5], level="ratio")


def test_raw_agreement_counts_pairs():
    # Contact 1: 4, 4, 5: one pair of three. Contact 2: 3, 3: one of one. The 2 has no pair.
    contacts, scores = [1, 1, 1, 2, 2, 3], [4, 4, 5, 3, 3, 2]
    equal, commonest, share = raw_agreement(contacts, scores)
    assert (equal, share) == pytest.approx((2 / 4, 2 / 5))
    assert commonest in (3, 4)
    assert all(np.isnan(raw_agreement([1], [4])))


@pytest.mark.parametrize(
    ("low", "words"),
    [(0.81, FIRMLY), (0.8, FIRMLY), (0.79, TENTATIVELY), (0.66, NOT_RELIABLE)],
)
def test_the_lower_limit_decides_how_firm_agreement_is(low, words):
    assert verdict(Estimate(0.9, low, 0.95, 30, "", "score")) == words
    assert verdict(Estimate.absent("no")) == CANNOT_TELL


# --- ICC ---


def test_icc_is_that_of_shrout_and_fleiss():
    single, mean = icc(SHROUT_FLEISS)
    assert (single.value, single.low, single.high) == pytest.approx((0.29, 0.019, 0.761), abs=5e-4)
    assert (mean.value, mean.low, mean.high) == pytest.approx((0.62, 0.071, 0.927), abs=5e-4)


@pytest.mark.parametrize("n", [13, 26, 40])
def test_the_interval_of_an_icc_covers_it_for_other_shoppers_too(n):
    rng = np.random.default_rng(n)
    truth = icc(likert(rng, 4000, 0.35 * rng.standard_normal(400)))[0].value
    found = [icc(likert(rng, n, 0.35 * rng.standard_normal(4)))[0] for _ in range(500)]
    assert np.mean([one.low <= truth <= one.high for one in found]) > 0.92


def test_the_mean_of_several_shoppers_is_more_reliable_than_one():
    single, mean = icc(likert(np.random.default_rng(5), 30, np.array([0.0, 0.2, -0.1, 0.3])))
    assert mean.value > single.value and mean.low > single.low


def test_an_icc_that_cannot_be_told_says_so():
    assert icc([[3, 4]])[0].value is None
    assert icc(np.full((20, 3), 4.0))[0].value is None
    assert icc([[1.0, np.nan], [2, 3]])[1].value is None


# --- the odd one out ---


def test_a_shopper_who_scores_at_random_is_found_and_good_ones_are_not():
    rng = np.random.default_rng(8)
    found, blamed = 0, 0
    for _ in range(200):
        table = likert(rng, 48, np.array([0, -0.5, 0.3, -0.2, 0, 0.4]))
        table[:, 4] = rng.integers(1, 6, 48)
        below = correlations_with_rest(table) < 0.3
        found += below[4]
        blamed += below[[0, 1, 2, 3, 5]].sum()
    assert found / 200 > 0.85
    assert blamed / 1000 < 0.05


def test_a_shopper_who_always_gives_the_same_score_follows_nobody():
    table = np.array([[1, 1, 3], [2, 3, 3], [4, 4, 3], [5, 5, 3.0]])
    assert correlations_with_rest(table)[2] == 0
    # Nobody can follow others who never vary.
    flat = np.array([[3, 3, 1], [3, 3, 2], [3, 3, 5.0]])
    assert np.isnan(correlations_with_rest(flat)[2])
    assert np.isnan(correlations_with_rest([[1.0]])).all()


# --- providers and shoppers told apart ---


def _totals(scores, provider, shopper, shape):
    n, sums = np.zeros(shape), np.zeros(shape)
    np.add.at(n, (provider, shopper), 1)
    np.add.at(sums, (provider, shopper), scores)
    return n, sums, float((scores**2).sum())


def test_two_way_means_are_those_of_least_squares():
    import pandas as pd
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"p": rng.integers(0, 5, 80), "s": rng.integers(0, 4, 80)})
    rows["y"] = 3 + 0.3 * rows["p"] - 0.2 * rows["s"] + 0.5 * rng.standard_normal(80)
    fit = smf.ols("y ~ 0 + C(p) + C(s, Sum)", rows).fit()
    found = two_way(*_totals(rows["y"], rows["p"], rows["s"], (5, 4)), scale=(-9, 9))
    values = [*found.means, *found.shoppers[:3]]
    assert [one.value for one in values] == pytest.approx(fit.params.to_list())
    limits = [(one.low, one.high) for one in values]
    assert np.array(limits) == pytest.approx(fit.conf_int().to_numpy())
    assert list(found.shopper_p_values[:3]) == pytest.approx(fit.pvalues.to_list()[5:])
    assert sum(one.value for one in found.shoppers) == pytest.approx(0)
    assert sum(one.value for one in found.gaps) == pytest.approx(0)


def test_adjusted_means_are_nearer_the_truth_and_their_intervals_cover_it():
    rng = np.random.default_rng(6)
    hits, raw_error, error = [], [], []
    for _ in range(150):
        quality, mild = 3.3 + 0.4 * rng.standard_normal(13), 0.4 * rng.standard_normal(6)
        mild -= mild.mean()
        provider = np.repeat(np.arange(13), 12)
        three = np.array([rng.choice(6, 3, replace=False) for _ in range(13)])
        shopper = three[provider, np.tile(np.arange(12) % 3, 13)]
        scores = quality[provider] + mild[shopper] + 0.85 * rng.standard_normal(len(provider))
        n, sums, squares = _totals(scores, provider, shopper, (13, 6))
        found = two_way(n, sums, squares, scale=(-9, 19))
        if found.means[0].value is None:  # the draw fell apart
            continue
        pairs = list(zip(found.means, quality, strict=True))
        hits += [one.low <= true <= one.high for one, true in pairs]
        error += [(one.value - true) ** 2 for one, true in pairs]
        raw_error += list((sums.sum(axis=1) / 12 - quality) ** 2)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.015)
    assert np.mean(error) < 0.9 * np.mean(raw_error)


def test_groups_of_providers_that_share_no_shopper_are_refused():
    n = np.array([[5, 5, 0], [4, 6, 0], [0, 0, 9]])
    found = two_way(n, 3 * n, 9 * n.sum())
    assert {one.reason for one in (*found.means, *found.gaps, *found.shoppers)} == {NOT_CONNECTED}
    n[2, 1] = 1  # one shopper in common is enough
    assert two_way(n, 3 * n + 0.1 * n**2, 400.0).means[2].value is not None


def test_one_shopper_has_no_severity_and_providers_keep_their_means():
    found = two_way([[4], [6]], [[12.0], [24.0]], 140.0)
    assert [one.value for one in found.means] == pytest.approx([3, 4])
    assert found.shoppers[0].reason == ONE_SHOPPER and np.isnan(found.shopper_p_values[0])


def test_scores_without_spread_have_no_interval():
    n = np.array([[4, 4], [4, 4]])
    found = two_way(n, 3 * n, 9.0 * n.sum())
    assert not found.means[0].has_interval and NO_SPREAD in found.means[0].warnings


def test_too_little_or_too_many_is_refused():
    assert two_way([[1, 1]], [[3, 4]], 25.0).means[0].reason == NOTHING_LEFT
    crowd = np.ones((2, 2001))
    assert two_way(crowd, crowd, 4002.0).means[0].reason == TOO_MANY


def test_an_adjusted_mean_stays_on_the_scale():
    n = np.array([[3, 3], [3, 3]])
    found = two_way(n, np.array([[15, 14.5], [4, 3]]), 180.0)
    for one in found.means:
        assert 1 <= one.low <= one.value <= one.high <= 5


# --- shares of scores ---


def test_one_score_a_contact_is_a_plain_proportion():
    found = share_of_scores([20], [7], [20], [7], [7], [20])
    assert (found.low, found.high) == pytest.approx(wilson(7 / 20, 20))
    assert found.n == 20 and found.design_effect == pytest.approx(1)


def test_scores_that_come_together_count_as_one_contact():
    # Six equal scores a contact: as uncertain as one.
    k = np.array([6] * 7 + [0] * 13)
    found = share_of_scores([20], [k.sum()], [120], [(k**2).sum()], [6 * k.sum()], [36 * 20])
    assert (found.low, found.high) == pytest.approx(wilson(7 / 20, 20))


@pytest.mark.parametrize("contacts", [[10, 20, 30, 40], [4, 8, 24]])
def test_the_interval_of_a_share_of_scores_covers_it(contacts):
    from scipy.stats import norm

    rng = np.random.default_rng(len(contacts))
    quality = np.linspace(2.6, 3.9, 13)
    truth = norm.cdf((quality - 3.5) / np.hypot(0.7, 0.5)).mean()
    hits = []
    for _ in range(400):
        sums = []
        for at, mean in enumerate(quality):
            m = contacts[at % len(contacts)]
            level = mean + 0.7 * rng.standard_normal((m, 1))
            k = (level + 0.5 * rng.standard_normal((m, 6)) > 3.5).sum(axis=1)
            sums.append([m, k.sum(), 6 * m, (k**2).sum(), 6 * k.sum(), 36 * m])
        found = share_of_scores(*np.array(sums, dtype=float).T)
        hits.append(found.low <= truth <= found.high)
    assert np.mean(hits) > 0.92


def test_all_or_none_good_still_has_an_interval():
    found = share_of_scores([4, 6], [24, 36], [24, 36], [144, 216], [144, 216], [144, 216])
    assert found.value == 1 and 0.5 < found.low < 1 and found.high == 1
    none = share_of_scores([1], [0], [6], [0], [0], [36])
    assert none.value == 0 and none.high > 0.5 and none.warnings
    assert share_of_scores([], [], [], [], [], []).value is None


# --- the same care for every customer ---


def test_worse_by_counts_is_the_one_sided_test_of_fisher():
    from scipy.stats import fisher_exact

    wanted = fisher_exact([[2, 8], [15, 5]], alternative="less").pvalue
    assert worse_by_counts([2], [10], [15], [20]) == pytest.approx([wanted])
    assert np.isnan(worse_by_counts([1], [4], [3], [40])[0])  # four attempts judge nobody


def test_worse_by_means_is_the_test_of_welch():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(0)
    a, b = rng.normal(3, 1, 12), rng.normal(3.5, 0.7, 30)
    wanted = ttest_ind(a, b, equal_var=False, alternative="less").pvalue
    got = worse_by_means([12], [a.mean()], [a.var(ddof=1)], [30], [b.mean()], [b.var(ddof=1)])
    assert got == pytest.approx([wanted])
    assert np.isnan(worse_by_means([12], [3], [0], [30], [3], [0])[0])
    assert np.isnan(worse_by_means([4], [3], [1], [30], [4], [1])[0])


def _sums(scores):
    return np.array([(len(x), x.sum(), (x**2).sum()) for x in scores]).T


def test_worse_by_means_within_strata_is_least_squares_on_stratum_and_group():
    from scipy.stats import t, ttest_ind

    rng = np.random.default_rng(0)
    own = [rng.normal(at, 1, n) for at, n in enumerate((6, 3, 9))]
    others = [rng.normal(at + 0.4, 1, n) for at, n in enumerate((4, 12, 8))]
    single = worse_by_means_within(*_sums(own[:1]), *_sums([others[0].repeat(2)]))
    wanted = ttest_ind(own[0], others[0].repeat(2), alternative="less").pvalue
    assert single == pytest.approx(wanted)
    design = [
        [*np.eye(3)[at], group]
        for group, parts in ((1, own), (0, others))
        for at, part in enumerate(parts)
        for _score in part
    ]
    x, y = np.array(design), np.concatenate([*own, *others])
    solved, left = np.linalg.lstsq(x, y, rcond=None)[:2]
    error = np.sqrt(left[0] / (len(y) - 4) * np.linalg.inv(x.T @ x)[3, 3])
    got = worse_by_means_within(*_sums(own), *_sums(others))
    assert got == pytest.approx(t.cdf(solved[3] / error, len(y) - 4))


def test_fishers_method_joins_what_is_known():
    from scipy.stats import combine_pvalues

    got = combined([[0.01, 0.2], [0.03, np.nan], [np.nan, np.nan]])
    assert got[:2] == pytest.approx([combine_pvalues([0.01, 0.2]).pvalue, 0.03])
    assert np.isnan(got[2])


def test_verdicts_need_evidence_for_worse_and_for_the_same_alike():
    same = difference(500, 1000, 1000, 2000, confidence_level=0.9)
    few = difference(5, 10, 10, 20, confidence_level=0.9)
    said = verdicts(
        [1e-6, 1e-6, 0.5, 0.5, np.nan],
        [[few], [same], [same], [same, few], []],
        0.15,
    )
    assert said == [WORSE, SLIGHTLY_WORSE, THE_SAME, CANNOT_SHOW, TOO_FEW]


def test_equal_customers_are_seldom_said_to_be_treated_worse():
    rng = np.random.default_rng(12)
    blamed = 0
    for _ in range(100):
        k, n = rng.binomial(14, 0.6, (13, 3)), np.full((13, 3), 14)
        scores = rng.normal(3.2, 0.9, (13, 3, 12))
        means, spread = scores.mean(axis=2), scores.var(axis=2, ddof=1)
        p = []
        for at in range(3):
            rest = [i for i in range(3) if i != at]
            other = scores[:, rest].reshape(13, -1)
            by_counts = worse_by_counts(k[:, at], n[:, at], k[:, rest].sum(axis=1), 28)
            by_means = worse_by_means(
                12, means[:, at], spread[:, at], 24, other.mean(axis=1), other.var(axis=1, ddof=1)
            )
            p += list(combined(np.column_stack([by_counts, by_means])))
        blamed += WORSE in verdicts(p, [[]] * len(p), 0.15)
    assert blamed <= 9  # of 100 audits, at a family-wise level of 5 %
