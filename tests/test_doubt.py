"""Answers in doubt: what the report says of them wherever a share is read."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit
from carebench.estimate import records
from carebench.finding import Skipped
from carebench.reporting.tables import text_table
from studies import attempts, study

VNREVIEW = '\n[audit]\nbenchmark = "VnReview/VTC 2014"'


def _doubted(counts: dict[str, tuple[int, int]], doubt: dict[str, int], **columns: object):
    """Attempts of which the first so many unanswered ones of a provider are in doubt."""
    rows = attempts(counts, **columns).assign(label_source="machine")
    for provider, n in doubt.items():
        own = rows.index[rows["provider"].eq(provider) & rows["outcome"].eq("no_answer")]
        rows.loc[own[:n], "label_source"] = "unsure"
    return rows


def _open_codings(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"attempt_id": names, "machine": "unsure", "drawn": "unsure",
                         "first": "human", "second": ""})  # fmt: skip


def _rows(found):
    return {row["group"]: row for row in records(found.rows)}


def test_the_share_is_bounded_provider_by_provider_until_all_is_settled(tmp_path):
    rows = _doubted({"A": (3, 4), "B": (20, 28), "C": (4, 12)}, {"B": 6})
    found = _rows(audit.answers_in_doubt(study(tmp_path, attempts=rows)))
    assert list(found) == ["e-mail", "e-mail, B"]
    row = found["e-mail, B"]
    assert (row["open"], row["none"], row["all"]) == (6, "71% of 28", "93% of 28")
    assert row["value"] == pytest.approx(20 / 28)
    assert row["low"] < 20 / 28 and row["high"] > 26 / 28  # chance beyond both bounds


def test_lines_picked_up_by_nobody_knows_whom_are_in_the_bounds(tmp_path):
    rows = attempts({"A": (5, 10), "B": (2, 10)}, "phone")
    planned = pd.DataFrame({"attempt_id": ["x", "y"], "state": "made", "provider": "A",
                            "channel": "phone"})  # fmt: skip
    codings = _open_codings(["x", "y"])
    with study(tmp_path, attempts=rows, planned=planned, codings=codings) as care:
        found = audit.answers_in_doubt(care)
        row = _rows(found)["phone, A"]
        assert (row["n"], row["none"], row["all"]) == (10, "42% of 12", "58% of 12")
        assert "2 of these are records of a line" in " ".join(found.notes)


def test_what_people_settled_is_in_doubt_no_more(tmp_path):
    rows = attempts({"A": (5, 10)})
    codings = _open_codings(list(rows["attempt_id"][5:8])).assign(
        second=["human", "", "human"], coded=["human", "", "human"]
    )
    row = _rows(audit.answers_in_doubt(study(tmp_path, attempts=rows, codings=codings)))["e-mail"]
    assert row["open"] == 1
    settled = codings.assign(second="human", coded="human")
    (tmp_path / "settled").mkdir()
    with study(tmp_path / "settled", attempts=rows, codings=settled) as care:
        assert isinstance(audit.answers_in_doubt(care), Skipped)


@pytest.mark.parametrize("question", [audit.by_group, audit.groups])
def test_unequal_numbers_of_attempts_are_not_comparable_before_the_coding(tmp_path, question):
    rows = _doubted({"A": (4, 6), "B": (20, 28)}, {"B": 6})
    notes = " ".join(question(study(tmp_path, attempts=rows), "email").notes)
    assert "B 6 of 28 (71% to 93%)" in notes
    assert "unequal numbers of attempts are not comparable" in notes
    rows = _doubted({"A": (12, 26), "B": (20, 28)}, {"B": 6})
    (tmp_path / "equal").mkdir()
    notes = " ".join(question(study(tmp_path / "equal", attempts=rows), "email").notes)
    assert "B 6 of 28" in notes and "unequal" not in notes


@pytest.mark.parametrize("settings", ["", VNREVIEW])
def test_a_verdict_stands_only_where_it_holds_whoever_gave_the_answers_in_doubt(tmp_path, settings):
    # B is clearly below; were its answers in doubt all a person's, it would be like the others.
    counts = {"A": (26, 40), "B": (3, 40), "C": (25, 40), "D": (1, 40)}
    said = {}
    for name, doubt in (("none", {}), ("some", {"B": 24})):
        (tmp_path / name).mkdir()
        care = study(tmp_path / name, settings, attempts=_doubted(counts, doubt))
        rows = records(audit.by_group(care, "email").rows)
        said[name] = {row["provider"]: row["verdict"] for row in rows}
    assert said["none"]["B"] == said["none"]["D"] == "clearly below"
    assert said["some"]["B"] == "not distinguishable"
    assert said["some"]["D"] == "clearly below"


def test_doubt_makes_no_verdict_where_too_few_attempts_count(tmp_path):
    rows = attempts({"A": (3, 4), "B": (20, 28), "C": (4, 12)})
    planned = pd.DataFrame({"attempt_id": ["x", "y"], "state": "made", "provider": "A",
                            "channel": "email"})  # fmt: skip
    care = study(tmp_path, attempts=rows, planned=planned, codings=_open_codings(["x", "y"]))
    rows = records(audit.by_group(care, "email").rows)
    assert {row["provider"]: row["verdict"] for row in rows}["A"] == "too few attempts"


def test_the_answer_and_the_channels_say_that_something_is_in_doubt(tmp_path):
    care = study(tmp_path, attempts=_doubted({"A": (10, 20), "B": (10, 20)}, {"A": 4}))
    assert "the share may be 50% to 60%" in audit.answer(care)[0]
    assert "e-mail 4 of 40 (50% to 60%)" in " ".join(audit.by_channel(care).notes)


def test_labels_that_nobody_has_read_again_are_said_to_be_so(tmp_path):
    rows = _doubted({"A": (4, 4), "B": (9, 28)}, {})
    notes = " ".join(audit.by_channel(study(tmp_path, attempts=rows)).notes)
    assert "read by rules alone" in notes
    assert "unequal numbers of attempts are not comparable" in notes
    (tmp_path / "told").mkdir()
    by_shoppers = study(tmp_path / "told", attempts=rows.assign(label_source="shopper"))
    assert "by rules alone" not in " ".join(audit.by_channel(by_shoppers).notes)


def test_doubt_is_told_in_a_study_that_names_no_provider_and_no_channel(tmp_path):
    rows = _doubted({"A": (3, 9)}, {"A": 2})[["attempt_id", "outcome", "label_source"]]
    found = audit.answers_in_doubt(study(tmp_path, attempts=rows))
    assert list(_rows(found)) == ["all attempts"]
    assert "nan" not in text_table(found).plain()
