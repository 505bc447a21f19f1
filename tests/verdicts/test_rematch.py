"""Re-matching patients with an edited trial gives the same result as matching each again."""

from functools import cache
from typing import Any

import pytest

from matching.trial import Trial
from schemas.summary.facts import Patient, load_patient
from schemas.trials.library import load_library
from schemas.trials.trial_file import parse_trial
from support.synthetic_patients import synthetic_summaries
from verdicts.match import match_patient
from verdicts.rematch import PastMatch, rematch


@cache
def patients() -> list[Patient]:
    return [load_patient(summary) for summary in synthetic_summaries(60)]


TEXT = """\
id: NCT00000001
title: A trial that changes
phase: [2]
status: {value: recruiting, seen: "2024"}
source: https://clinicaltrials.gov/study/NCT00000001
completeness: complete
include:
  - age: {min: 18 years}
  - histology: {any_of: [papillary, follicular]}
    label: Differentiated
  - confirm: Is there consent?
exclude:
  - prior_therapy: {any_of: [lenvatinib]}
cohorts:
  - {id: A, title: With BRAF V600E, include: [{variant: {group: braf-v600e}}]}
  - {id: B, title: Without, include: [{not: {variant: {group: braf-v600e}}}]}
"""
AGE = "  - age: {min: 18 years}\n"
EDITS = {
    "nothing": ("", ""),
    "a threshold": ("min: 18 years", "min: 60 years"),
    "a threshold down": ("min: 18 years", "min: 12 years"),
    "a label": ("Differentiated", "Well differentiated"),
    "the head": ("value: recruiting", "value: completed"),
    "a cohort's name": ("With BRAF V600E", "BRAF V600E"),
    "a line more": (AGE, f"{AGE}  - sex: [female]\n    source_quality: as_printed\n"),
    "a line less": (AGE, ""),
    "the order": (f"{AGE}  - histology", "  - histology"),
    "a line out of the exclusions": ("exclude:\n", "  - performance: {ecog: {max: 1}}\nexclude:\n"),
    "a line of a cohort": ("{variant: {group: braf-v600e}}]}", "{variant: {gene: [BRAF]}}]}"),
    "a question": ("Is there consent?", "Is there consent in writing?"),
    "a question for a fact": ("confirm: Is there consent?", "sex: [female]"),
    "a fact for a question": (AGE, "  - confirm: An adult?\n"),
    "a cohort less": ("  - {id: B, title: Without, include: [{not: {variant: {group: braf-v600e}}}]}\n", ""),
    "a fact with several sources": (AGE, f"{AGE}  - prior_radioiodine: {{cumulative_activity: {{min: 600 mCi}}}}\n"),
}


def edited(name: str) -> Trial:
    before, after = EDITS[name]
    assert before in TEXT
    return parse_trial(TEXT.replace(before, after, 1), "new.yaml")


def matched(trial: Trial, patient: Any) -> dict[str, Any]:
    found: dict[str, Any] = match_patient(patient, [trial])["matches"][0]
    return found


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_the_result_of_matching_again(name: str) -> None:
    old, new = parse_trial(TEXT, "old.yaml"), edited(name)
    before = [PastMatch(old, matched(old, patient)) for patient in patients()]
    assert [rematched.match for rematched in rematch(new, patients(), before)] == [
        matched(new, patient) for patient in patients()
    ]


def test_the_edits_move_patients_and_keep_others() -> None:
    old, new = parse_trial(TEXT, "old.yaml"), edited("a threshold")
    pairs = {(matched(old, patient)["verdict"], matched(new, patient)["verdict"]) for patient in patients()}
    assert {("possible", "ineligible"), ("ineligible", "ineligible"), ("possible", "possible")} <= pairs


@pytest.mark.parametrize("trial_id", ["NCT02152995", "NCT00507429", "NCT05182931"])
def test_a_trial_of_the_library_with_another_age(trial_id: str) -> None:
    text = load_library().texts[trial_id]
    old, new = load_library().trials[trial_id], parse_trial(text.replace("min: 18 years", "min: 40 years", 1), "new")
    before = [PastMatch(old, matched(old, patient)) for patient in patients()]
    assert [rematched.match for rematched in rematch(new, patients(), before)] == [
        matched(new, patient) for patient in patients()
    ]


def test_patients_of_several_versions_and_of_none_together() -> None:
    old, older, new = parse_trial(TEXT, "old.yaml"), edited("a line less"), edited("a threshold")
    versions = [old, older, None]
    before = [
        None if (known := versions[row % 3]) is None else PastMatch(known, matched(known, patient))
        for row, patient in enumerate(patients())
    ]
    assert [rematched.match for rematched in rematch(new, patients(), before)] == [
        matched(new, patient) for patient in patients()
    ]


def test_a_contradiction_that_only_the_new_version_reads_is_reported() -> None:
    course = {"activity": "100 mCi", "given": {"ago": "20 months"}}
    written = {"received": True, "courses": [course], "courses_complete": True, "cumulative_activity": "300 mCi"}
    patient = load_patient({"schema": 1, "patient_ref": "C-1", "age": "50 years", "radioiodine": written})
    old, new = parse_trial(TEXT, "old.yaml"), edited("a fact with several sources")
    [found] = rematch(new, [patient], [PastMatch(old, matched(old, patient))])
    assert [dict(contradiction) for contradiction in found.contradictions] == match_patient(patient, [new])[
        "contradictions"
    ]
    assert found.contradictions[0]["fact"] == "radioiodine.cumulative_activity"


def test_no_patients_give_no_matches() -> None:
    assert rematch(edited("nothing"), [], []) == []
