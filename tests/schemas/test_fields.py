"""Field types: what each rejects, its JSON Schema, and how it encodes unknown values."""

from typing import Any

import pytest

from authoring.cases import run_cases
from matching import nodes as c
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.inputs.faults import InputError
from schemas.summary.encode_patients import cohort_of
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import load_patient
from schemas.summary.fields import FactField, TextField
from schemas.summary.sections import MAX_RECORDS
from schemas.summary.variant_groups import variant_matches
from schemas.summary.vocabulary import vocabularies
from schemas.trials.library import load_library
from schemas.trials.trial_file import read_trial_file


def patient(**facts: Any) -> Any:
    return load_patient({"patient_ref": "P-1"} | facts)


@pytest.mark.parametrize(
    ("facts", "path", "message"),
    [
        ({"radioiodine": {"last_given": {"year": 2026, "as_of": 2020}}}, "radioiodine.last_given", "not the later"),
        ({"radioiodine": {"last_given": {"year": True, "as_of": 2020}}}, "radioiodine.last_given", "not the later"),
        ({"labs": [{"analyte": "platelets", "value": "plenty"}]}, "labs[0].value", "enter a number"),
        ({"disease": {"lesions": ["lung"]}}, "disease.lesions[0]", "must be an object"),
        ({"disease": {"lesions": "lung"}}, "disease.lesions", "must be a list"),
        ({"disease": {"lesions": [{"site": "lung", "sise": "8 mm"}]}}, "disease.lesions[0].sise", "unknown key"),
        ({"schema": 2}, "schema", "only version 1"),
        ({"disease": {"metastatic": "yes"}}, "disease.metastatic", "must be true, false or omitted"),
        ({"radioiodine": {"last_given": "30 months"}}, "radioiodine.last_given", "not a time before the summary"),
        ({"therapies": [{"drug": "lenvatinib"}] * (MAX_RECORDS + 1)}, "therapies", f"more than {MAX_RECORDS}"),
        ({"patient_ref": 7}, "patient_ref", "must be"),
    ],
)
def test_an_invalid_value_is_rejected_with_its_path(facts: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InputError) as rejected:
        patient(**facts)
    assert [(fault.path, message in fault.message) for fault in rejected.value.faults] == [(path, True)]


def test_a_text_field_is_not_encoded() -> None:
    with pytest.raises(TypeError, match="TextField cannot be encoded as a column"):
        TextField("a word", pattern="[a-z]+", longest=9).column([None])


def test_a_new_field_type_may_have_an_empty_json_schema() -> None:
    assert FactField("a fact").json_schema() == {}


def test_an_unknown_code_has_nothing_below_it() -> None:
    assert vocabularies()["drug"].below(["never heard of"]) == {"never heard of"}


def test_an_unknown_value_is_worded_as_not_reported() -> None:
    assert WORDS.fact("age", None) == "age not reported"


@pytest.mark.parametrize(("counted", "complete"), [(1, 1), (2, 0), (None, 0)])
def test_a_list_as_long_as_its_count_is_complete(counted: int | None, complete: int) -> None:
    lesions = [{"site": "lung"}, {"site": "bone", "status": "resected"}]
    cohort = cohort_of([patient(disease={"lesions": lesions, "number_of_lesions": counted})])
    assert cohort.table("disease.lesions").complete.tolist() == [complete]


def test_imaging_of_any_region_counts_where_none_is_required() -> None:
    node = read_criterion({"imaging": {"technique": ["ct"]}}, CriterionContext("", packaged_definitions().node)).node
    assert [leaf.fact for leaf in c.walk(node) if isinstance(leaf, c.Among)] == ["disease.imaging.technique"]


def test_a_variant_pattern_may_name_a_group_or_no_gene() -> None:
    assert variant_matches({"group": "braf-v600e"}) != variant_matches({"group": "ras-mutation"})
    pattern = variant_matches({"alteration": ["V600E"]})
    named = [leaf.fact for leaf in c.walk(pattern) if isinstance(leaf, c.Among)]
    assert "genomics.variants.alteration" in named
    assert "genomics.variants.gene" not in named


def test_a_case_that_expects_another_missing_fact_fails() -> None:
    text = load_library().texts["NCT03244956"].replace("missing: [disease.lesions_complete]", "missing: [sex]")
    (failed,) = [case for case in run_cases(read_trial_file(text, "NCT03244956.yaml")) if case.wrong]
    missing = "disease.largest_diameter, disease.lesions_complete"
    assert failed.wrong.startswith(f"sex is not among the missing facts: {missing}")
