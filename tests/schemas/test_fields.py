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
from schemas.summary.variant_groups import variant_matches
from schemas.summary.vocabulary import vocabularies
from schemas.trials.library import load_library
from schemas.trials.trial_file import read_trial_file


def patient(**facts: Any) -> Any:
    return load_patient({"patient_ref": "P-1", **facts})


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
    ],
)
def test_what_no_fact_can_say_is_refused_at_its_place(facts: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        patient(**facts)
    assert [(fault.path, message in fault.message) for fault in refused.value.faults] == [(path, True)]


def test_a_word_that_is_only_shown_is_no_column() -> None:
    with pytest.raises(TypeError, match="TextField cannot be encoded as a column"):
        TextField("a word", pattern="[a-z]+", longest=9).column([None])


def test_a_fact_of_a_new_type_may_say_nothing_of_its_form() -> None:
    assert FactField("a fact").json_schema() == {}


def test_a_word_of_no_vocabulary_is_the_most_special_there_is() -> None:
    assert vocabularies()["drug"].below(["never heard of"]) == {"never heard of"}


def test_what_no_column_holds_is_told_as_not_stated() -> None:
    assert WORDS.fact("age", None) == "age not reported"


@pytest.mark.parametrize(("counted", "complete"), [(1, 1), (2, 0), (None, 0)])
def test_as_many_lesions_as_are_counted_are_all(counted: int | None, complete: int) -> None:
    lesions = [{"site": "lung"}, {"site": "bone", "status": "resected"}]
    cohort = cohort_of([patient(disease={"lesions": lesions, "number_of_lesions": counted})])
    assert cohort.table("disease.lesions").complete.tolist() == [complete]


def test_imaging_of_any_region_counts_where_none_is_asked() -> None:
    node = read_criterion({"imaging": {"technique": ["ct"]}}, CriterionContext("", packaged_definitions().node)).node
    assert [leaf.fact for leaf in c.walk(node) if isinstance(leaf, c.Among)] == ["disease.imaging.technique"]


def test_a_class_of_variants_may_name_another_class_or_no_gene() -> None:
    assert variant_matches({"group": "braf-v600e"}) != variant_matches({"group": "ras-mutation"})
    pattern = variant_matches({"alteration": ["V600E"]})
    named = [leaf.fact for leaf in c.walk(pattern) if isinstance(leaf, c.Among)]
    assert "genomics.variants.alteration" in named
    assert "genomics.variants.gene" not in named


def test_a_case_that_misses_another_fact_fails_with_what_is_missing() -> None:
    text = load_library().texts["NCT03244956"].replace("missing: [disease.lesions_complete]", "missing: [sex]")
    (failed,) = [case for case in run_cases(read_trial_file(text, "NCT03244956.yaml")) if case.wrong]
    assert failed.wrong.startswith("sex is not among the missing facts: disease.lesions_complete")
