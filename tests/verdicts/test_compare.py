"""Comparison of definitions: the answer of each, where two disagree, and on which axes of their rules."""

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from schemas.criteria.definitions import Definition, packaged_definitions
from schemas.summary.facts import Patient, load_patient
from verdicts.compare import ComparisonSchema, answer_table, compare, indistinguishable

EXAMPLES = Path(__file__).parents[2] / "examples" / "definitions"
AVID_EARLY_PROGRESSION = EXAMPLES / "avid-early-progression.json"


@cache
def refractory() -> tuple[Definition, ...]:
    return tuple(
        definition for definition in packaged_definitions().all().values() if definition.family == "rai-refractory"
    )


def patient(path: Path) -> Patient:
    return load_patient(json.loads(path.read_text("utf-8")))


def family(path: Path) -> dict[str, Any]:
    result = compare(patient(path), refractory())
    assert ComparisonSchema().validate(result) == {}
    (found,) = result["families"]
    return dict(found)


def test_every_definition_answers_with_its_reason_and_source() -> None:
    found = family(AVID_EARLY_PROGRESSION)
    assert [definition["name"] for definition in found["definitions"]] == [
        definition.name for definition in refractory()
    ]
    assert {definition["truth"] for definition in found["definitions"]} == {"holds", "does_not_hold"}
    for definition in found["definitions"]:
        assert definition["source"]
        assert definition["observed"] or definition["missing"]
        assert bool(definition["missing"]) <= (definition["truth"] == "unknown")


def test_an_unknown_definition_lists_its_missing_facts() -> None:
    (found,) = compare(load_patient({"patient_ref": "P-1"}), refractory())["families"]
    assert {definition["truth"] for definition in found["definitions"]} == {"unknown"}
    assert all(definition["missing"] for definition in found["definitions"])
    assert found["disagreements"] == []


def test_exactly_the_definitions_that_disagree_are_paired() -> None:
    found = family(AVID_EARLY_PROGRESSION)
    truths = {definition["name"]: definition["truth"] for definition in found["definitions"]}
    opposed = [
        pair for pair in combinations(truths, 2) if {truths[name] for name in pair} == {"holds", "does_not_hold"}
    ]
    assert [(pair["first"], pair["second"]) for pair in found["disagreements"]] == opposed
    assert opposed


def test_a_disagreement_names_the_axes_on_which_the_rules_differ() -> None:
    definitions = {definition.name: definition for definition in refractory()}
    for pair in family(AVID_EARLY_PROGRESSION)["disagreements"]:
        assert all(axis["first"] != axis["second"] for axis in pair["axes"])
        assert bool(pair["axes"]) == (definitions[pair["first"]].axes != definitions[pair["second"]].axes)


def test_definitions_of_a_single_lesion_are_not_asked_of_a_patient() -> None:
    every = list(packaged_definitions().all().values())
    result = compare(patient(AVID_EARLY_PROGRESSION), every)
    named = {definition["name"] for found in result["families"] for definition in found["definitions"]}
    assert named == {definition.name for definition in every if not definition.of_lesion}
    assert any(definition.of_lesion for definition in every)


def test_every_two_definitions_differ_on_an_example_patient() -> None:
    answers = answer_table([patient(path) for path in sorted(EXAMPLES.glob("*.json"))], refractory())
    assert len(answers) >= 8
    assert indistinguishable(answers) == []


def test_indistinguishable_definitions_are_named() -> None:
    answers = answer_table([patient(EXAMPLES / "never-given-avid.json")], refractory())
    (row,) = answers.values()
    assert indistinguishable(answers) == [pair for pair in combinations(row, 2) if row[pair[0]] == row[pair[1]]]
    assert indistinguishable(answers)


def test_no_patient_gives_an_empty_table() -> None:
    assert answer_table([], refractory()) == {}
    assert indistinguishable({}) == []
