"""Differences between two versions of a trial, and the affected patients."""

from dataclasses import replace
from typing import Any

import pytest

from authoring.affected_patients import affected_patients, verdict_change_card
from authoring.diff import change_card, trial_diff
from matching import nodes as c
from schemas.summary.facts import load_patient
from schemas.trials.library import load_library, trial_files
from schemas.trials.trial_file import parse_trial
from verdicts.match import match_patient

OLD = """\
id: NCT00000001
title: A trial that changes
phase: [2]
status: {value: recruiting, seen: "2024"}
source: https://clinicaltrials.gov/study/NCT00000001
completeness: complete
include:
  - age: {min: 18 years}
  - histology: {any_of: [papillary]}
    label: Papillary
  - sex: [female]
  - confirm: Is there consent?
exclude:
  - prior_therapy: {any_of: [lenvatinib]}
    bullet: E1
cohorts:
  - {id: A, title: With BRAF V600E, include: [{variant: {group: braf-v600e}}]}
  - {id: B, title: Without, include: [{not: {variant: {group: braf-v600e}}}]}
"""


def changes(*edits: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    return [(change.what, change.path, change.before, change.after) for change in trial_diff(parse(), parse(*edits))]


def parse(*edits: tuple[str, str]) -> Any:
    text = OLD
    for before, after in edits:
        assert text.count(before) == 1
        text = text.replace(before, after)
    return parse_trial(text, "trial.yaml")


AGE, CONSENT = "  - age: {min: 18 years}\n", "  - confirm: Is there consent?\n"
FEMALE = "  - sex: [female]\n"


@pytest.mark.parametrize("trial_id", [name.removesuffix(".yaml") for name, _ in trial_files()])
def test_a_trial_does_not_differ_from_itself(trial_id: str) -> None:
    trial = load_library().trials[trial_id]
    assert trial_diff(trial, trial) == []


def test_an_added_criterion_does_not_move_others() -> None:
    added = "  - performance: {ecog: {max: 1}}\n"
    assert changes((AGE, added + AGE)) == [("added", "include[0]", "", "ECOG performance status at most 1")]


def test_a_removed_criterion_has_its_former_path() -> None:
    assert changes((FEMALE, "")) == [("removed", "include[2]", "sex: female", "")]


def test_another_threshold_is_a_change_in_english() -> None:
    assert changes(("18 years", "21 years")) == [
        ("changed", "include[0]", "age at least 18 years", "age at least 21 years")
    ]


def test_a_criterion_is_recognised_by_its_label() -> None:
    [(what, path, before, after)] = changes(("histology: {any_of: [papillary]}", "stage: {t: [T4]}"))
    assert (what, path) == ("changed", "include[1]")
    assert "papillary" in before
    assert "T4" in after


def test_a_criterion_is_recognised_by_its_bullet() -> None:
    [(what, path, before, after)] = changes(("any_of: [lenvatinib]", "setting: [radiosensitiser]"))
    assert (what, path) == ("changed", "exclude[0]")
    assert "lenvatinib" in before
    assert "radiosensitiser" in after


def test_new_annotations_do_not_change_the_criterion() -> None:
    edit = ("label: Papillary", "label: Papillary cancer\n    note: As printed.\n    source_quality: as_printed")
    [change] = changes(edit)
    reworded = "label: Papillary cancer; note: As printed.; source_quality: as_printed"
    assert change == ("reworded", "include[1]", "label: Papillary", reworded)


def test_reordered_criteria_are_moved() -> None:
    assert changes((AGE, ""), (CONSENT, CONSENT + AGE)) == [("moved", "include[3]", "include[0]", "include[3]")]


def test_a_criterion_that_became_an_exclusion_is_moved() -> None:
    assert changes((FEMALE, ""), ("exclude:\n", "exclude:\n" + FEMALE)) == [
        ("moved", "exclude[0]", "include[2]", "exclude[0]")
    ]


def test_a_criterion_moved_to_a_cohort_is_moved() -> None:
    cohort = (
        "include: [{variant: {group: braf-v600e}}]}",
        "include: [{variant: {group: braf-v600e}}, {sex: [female]}]}",
    )
    assert changes((FEMALE, ""), cohort) == [("moved", "cohorts[0].include[1]", "include[2]", "cohorts[0].include[1]")]


def test_a_removed_and_an_added_question_are_not_paired() -> None:
    assert [change[0] for change in changes(("Is there consent?", "Will the patient come to the clinic?"))] == [
        "removed",
        "added",
    ]


def test_changes_of_head_and_cohorts_are_reported() -> None:
    found = changes(
        ("phase: [2]", "phase: [2, 3]"), ("title: Without", "title: Wild type"), ("value: rec", "value: not_yet_rec")
    )
    assert found == [
        ("head", "phase", "2", "2, 3"),
        ("head", "status", "recruiting", "not_yet_recruiting"),
        ("head", "cohort B", "Without", "Wild type"),
    ]


def test_a_cohort_keeps_its_criteria_if_another_is_put_before_it() -> None:
    cohort = "cohorts:\n  - {id: 0, title: First, include: [{sex: [male]}]}\n"
    assert changes(("cohorts:\n", cohort)) == [
        ("head", "cohort 0", "", "First"),
        ("added", "cohorts[0].include[0]", "", "sex: male"),
    ]


def test_a_change_of_meaning_with_the_same_words_is_marked() -> None:
    """An edited definition leaves the English text of its trials unchanged."""
    trial = parse()
    versions = [
        replace(trial, criteria=(replace(trial.criteria[1], node=c.Named("burden/macroscopic", node)),))
        for node in (c.IsYes("disease.metastatic"), c.IsYes("disease.recurrent"))
    ]
    [change] = trial_diff(*versions)
    assert change.after == f"{change.before} (the same words, but another meaning)"


# --- patients --------------------------------------------------------------------------------------


def patient(reference: str, **facts: Any) -> dict[str, Any]:
    known = {
        "age": "40 years", "sex": "female", "diagnosis": {"histology": "papillary"}, "therapies_complete": True,
        "genomics": {"tested": ["BRAF"], "variants": [{"gene": "BRAF", "alteration": "V600E"}]},
    }  # fmt: skip
    return load_patient({"patient_ref": reference, **known, **facts})


def young() -> Any:
    return patient("YOUNG", age="19 years")


def adult() -> Any:
    return patient("ADULT")


def wild() -> Any:
    return patient("WILD", genomics={"tested": ["BRAF"]})


def unknown_age() -> Any:
    return patient("UNKNOWN_AGE", age=None)


def test_a_patient_excluded_by_a_new_threshold_is_affected_by_that_criterion() -> None:
    old, new = parse(), parse(("18 years", "21 years"), (CONSENT, ""))
    [affected] = affected_patients(old, new, [young(), adult(), unknown_age()])
    assert verdict_change_card(affected) == {
        "patient": "YOUNG", "before": "eligible", "after": "ineligible",
        "cohorts_before": ["A"], "cohorts_after": [], "because": ["include[0]"],
    }  # fmt: skip


def test_removed_and_added_criteria_affect_patients() -> None:
    assert [
        (affected.patient, affected.after) for affected in affected_patients(parse((AGE, "")), parse(), [unknown_age()])
    ] == [("UNKNOWN_AGE", "possible")]
    assert [
        (affected.patient, affected.after) for affected in affected_patients(parse(), parse((AGE, "")), [unknown_age()])
    ] == [("UNKNOWN_AGE", "eligible")]


def test_a_patient_is_affected_by_another_cohort_with_the_same_verdict() -> None:
    swapped = parse(("id: A", "id: C"), ("id: B", "id: A"))
    [mutant] = affected_patients(parse(), swapped, [adult()])
    assert (mutant.before, mutant.after) == ("eligible", "eligible")
    assert (mutant.cohorts_before, mutant.cohorts_after) == (("A",), ("C",))
    assert "cohorts[0].include[0]" in mutant.because


def test_reordered_criteria_affect_nobody() -> None:
    reordered = parse((AGE, ""), (CONSENT, CONSENT + AGE), (FEMALE, ""), ("exclude:", "  - sex: [female]\nexclude:"))
    assert affected_patients(parse(), reordered, [young(), adult(), wild(), unknown_age()]) == []
    assert affected_patients(parse(), parse(("18 years", "21 years")), []) == []


def test_the_order_of_criteria_is_not_a_reason() -> None:
    changed = parse((AGE, ""), (CONSENT, CONSENT + AGE), ("[female]", "[male]"))
    [affected] = affected_patients(parse(), changed, [adult()])
    assert affected.because == ("include[1]",)


def test_affected_patients_agree_with_matching() -> None:
    old, new = parse(), parse(("18 years", "21 years"), ("[papillary]", "[follicular]"), (FEMALE, ""))
    everyone = [young(), adult(), wild(), unknown_age(), patient("MALE", sex="male"), patient("OTHER", diagnosis=None)]
    verdicts = {
        patient["patient_ref"]: tuple(match_patient(patient, [trial])["matches"][0]["verdict"] for trial in (old, new))
        for patient in everyone
    }
    moved = {affected.patient: (affected.before, affected.after) for affected in affected_patients(old, new, everyone)}
    assert moved == {name: pair for name, pair in verdicts.items() if pair[0] != pair[1]}


def test_a_change_as_json() -> None:
    [change] = trial_diff(parse(), parse(("18 years", "21 years")))
    assert change_card(change) == {
        "what": "changed", "path": "include[0]", "before": "age at least 18 years", "after": "age at least 21 years",
    }  # fmt: skip
