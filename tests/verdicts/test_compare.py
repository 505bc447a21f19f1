"""Definitions side by side: what each says of a patient, where two disagree, and on which axes of their rules."""

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
    return tuple(one for one in packaged_definitions().all().values() if one.family == "rai-refractory")


def patient(path: Path) -> Patient:
    return load_patient(json.loads(path.read_text("utf-8")))


def family(path: Path) -> dict[str, Any]:
    result = compare(patient(path), refractory())
    assert ComparisonSchema().validate(result) == {}
    (found,) = result["families"]
    return dict(found)


def test_every_definition_answers_with_its_reason_and_source() -> None:
    found = family(AVID_EARLY_PROGRESSION)
    assert [one["name"] for one in found["definitions"]] == [one.name for one in refractory()]
    assert {one["truth"] for one in found["definitions"]} == {"holds", "does_not_hold"}
    for one in found["definitions"]:
        assert one["source"]
        assert one["observed"] or one["missing"]
        assert bool(one["missing"]) <= (one["truth"] == "unknown")


def test_what_no_summary_settles_is_asked_for() -> None:
    (found,) = compare(load_patient({"patient_ref": "P-1"}), refractory())["families"]
    assert {one["truth"] for one in found["definitions"]} == {"unknown"}
    assert all(one["missing"] for one in found["definitions"])
    assert found["disagreements"] == []


def test_those_that_disagree_are_paired_and_no_others() -> None:
    found = family(AVID_EARLY_PROGRESSION)
    truths = {one["name"]: one["truth"] for one in found["definitions"]}
    opposed = [pair for pair in combinations(truths, 2) if {truths[one] for one in pair} == {"holds", "does_not_hold"}]
    assert [(one["first"], one["second"]) for one in found["disagreements"]] == opposed
    assert opposed


def test_a_disagreement_names_the_axes_on_which_the_rules_differ() -> None:
    definitions = {one.name: one for one in refractory()}
    for pair in family(AVID_EARLY_PROGRESSION)["disagreements"]:
        assert all(axis["first"] != axis["second"] for axis in pair["axes"])
        assert bool(pair["axes"]) == (definitions[pair["first"]].axes != definitions[pair["second"]].axes)


def test_definitions_of_a_single_lesion_are_not_asked_of_a_patient() -> None:
    every = list(packaged_definitions().all().values())
    result = compare(patient(AVID_EARLY_PROGRESSION), every)
    named = {one["name"] for found in result["families"] for one in found["definitions"]}
    assert named == {one.name for one in every if not one.of_lesion}
    assert any(one.of_lesion for one in every)


def test_the_example_patients_tell_every_two_definitions_apart() -> None:
    answers = answer_table([patient(path) for path in sorted(EXAMPLES.glob("*.json"))], refractory())
    assert len(answers) >= 8
    assert indistinguishable(answers) == []


def test_definitions_that_no_patient_tells_apart_are_named() -> None:
    one = patient(EXAMPLES / "never-given-avid.json")
    answers = answer_table([one], refractory())
    (row,) = answers.values()
    assert indistinguishable(answers) == [pair for pair in combinations(row, 2) if row[pair[0]] == row[pair[1]]]
    assert indistinguishable(answers)


def test_no_patient_tells_nothing() -> None:
    assert answer_table([], refractory()) == {}
    assert indistinguishable({}) == []
