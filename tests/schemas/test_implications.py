"""The table of implications: each row fires where it should, nowhere else, and names what contradicts it."""

from collections.abc import Iterator
from typing import Any

import pytest

from matching import nodes as c
from matching.dependencies import belongs_to
from matching.interval import Interval
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from schemas.implications.closure import UNKNOWN as UNKNOWN_NODE
from schemas.implications.closure import concluded, imagined
from schemas.implications.contradictions import contradictions, contradictions_of
from schemas.implications.rules import (
    FactConclusion,
    Implication,
    NoRecordConclusion,
    RecordConclusion,
    _conclusion,
    _premise,
    concluded_records,
    implications,
    reported,
)
from schemas.summary.declared_facts import declared
from schemas.summary.engines import explainer_for
from schemas.summary.facts import load_patient

ROWS = [pytest.param(row, id=row.id) for row in implications()]
OWN_EXAMPLES = {"no-lesion-above-the-largest", "brain-metastasis-is-a-brain-lesion"}
"""Rows without a conclusion that one node states: tested by themselves below."""


def conclusion_of(row: Implication) -> tuple[c.TruthNode, Truth]:
    """Return the conclusion as a node, and the truth that the premise gives it."""
    match row.conclusion:
        case FactConclusion(path, value):
            leaf = reported(path, value)
            table = next((table for table in declared().tables if belongs_to(path, table)), None)
            node = c.Exists(c.Records(table, leaf)) if table else leaf
            return node, FALSE if value is False else TRUE
        case RecordConclusion():
            return c.Exists(concluded_records(row.conclusion)), TRUE
        case NoRecordConclusion():
            return c.Exists(concluded_records(row.conclusion)), FALSE


def examples(row: Implication, which: str) -> Iterator[dict[str, Any]]:
    assert row.examples is not None
    yield from (load_patient({"patient_ref": "ROW", **facts}) for facts in row.examples[which])


def first_rows() -> list[Any]:
    return [pytest.param(row, id=row.id) for row in implications() if row.examples is not None]


@pytest.mark.parametrize("row", first_rows())
def test_every_implication_has_its_examples(row: Implication) -> None:
    assert row.examples is not None
    assert set(row.examples) == {"follows", "open", "contradicts"}
    assert row.source
    assert row.examples["open"]
    assert bool(row.examples["follows"]) == (row.id not in OWN_EXAMPLES)
    assert bool(row.examples["contradicts"]) == row.refuse


@pytest.mark.parametrize("row", first_rows())
def test_the_conclusion_follows_where_the_premise_is_true(row: Implication) -> None:
    node, truth = conclusion_of(row)
    for patient in examples(row, "follows"):
        assert explainer_for(patient).truth(concluded(node)) is truth
        assert contradictions_of(patient) == []


@pytest.mark.parametrize("row", first_rows())
def test_nothing_follows_where_the_premise_is_not_true(row: Implication) -> None:
    for patient in examples(row, "open"):
        assert explainer_for(patient).truth(row.premise) is not TRUE
        assert contradictions_of(patient) == []


@pytest.mark.parametrize("row", first_rows())
def test_what_contradicts_the_conclusion_is_refused_with_both_paths(row: Implication) -> None:
    for patient in examples(row, "contradicts"):
        faults = contradictions_of(patient)
        assert faults
        assert all(" and " in fault.message or "contradicts" in fault.message for fault in faults)


@pytest.mark.parametrize("row", ROWS)
def test_a_contradiction_is_unknown_and_reported(row: Implication) -> None:
    if not (row.refuse and row.examples):
        return
    node, _ = conclusion_of(row)
    for patient in examples(row, "contradicts"):
        reader = explainer_for(patient)
        if reader.truth(concluded(node)) is UNKNOWN:
            assert contradictions(reader, (concluded(node),))


def test_a_largest_diameter_bounds_every_lesion() -> None:
    patient = load_patient({"patient_ref": "A", "disease": {"largest_diameter": "8 mm"}})
    path = "disease.lesions.longest_diameter"
    current = c.Among("disease.lesions.status", frozenset({"current"}))

    def some(low: float) -> c.TruthNode:
        within = Interval(low, float("inf"))
        return c.Exists(c.Records("disease.lesions", c.All((current, c.Within(c.Fact(path), within, within)))))

    reader = explainer_for(patient)
    assert reader.truth(concluded(some(10.0))) is FALSE
    assert reader.truth(concluded(some(5.0))) is TRUE


def test_a_row_that_is_no_implication_is_named() -> None:
    with pytest.raises(ValueError, match="no premise: \\['condition'\\]"):
        _premise({"condition": "pregnancy"})
    with pytest.raises(ValueError, match="no conclusion: \\['is'\\]"):
        _conclusion({"is": True})


def test_a_filter_on_a_joined_number_is_unknown_of_an_implied_record() -> None:
    number = c.Narrowed((c.Fact("disease.lesions.longest_diameter"), c.Fact("disease.lesions.short_axis")))
    filtered = c.Within(number, Interval(10.0, 20.0), Interval(10.0, 20.0))
    assert imagined(filtered, "disease.lesions", {"status": "current"}) == UNKNOWN_NODE
    assert imagined(c.IsYes("disease.metastatic"), "disease.lesions", {}) == c.IsYes("disease.metastatic")
