"""The input that each criterion kind rejects, and the path of the fault."""

import pytest

from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, Kind, read_criterion
from schemas.inputs.faults import InputError
from schemas.inputs.strict_yaml import read_yaml


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("disease_burden: {by_m_category: true}", "disease_burden: needs any_of or burden"),
        ("histology: {components: true}", "histology: needs any_of or subtypes"),
        ("lab: {analyte: [alt, ast], max: 40 U/L}", "lab: a limit in units needs a single analyte"),
        ("lab: {analyte: alt}", "lab: needs a limit: min, max, above, below or times_upper_limit"),
        ("lab: {analyte: alt, max: 40 mm}", "lab: unknown unit for"),
        (
            "lesion: {quantifier: every, count: {min: 2}}",
            "lesion: use either quantifier, or count, largest and total",
        ),
        (
            "lesion: {where: {unless_reported: {bulky: true}}}",
            "lesion: disease.lesions.bulky must be reported",
        ),
        ("performance: {}", "performance: needs ecog, karnofsky or lansky"),
        ("prior_therapy: {any_of: [chemotherapy], count_by: line}", "prior_therapy: count_by needs count"),
        (
            "prior_therapy: {any_of: [chemotherapy], count: {min: 11}, count_by: line}",
            "prior_therapy: count_by: line counts up to 9 regimens",
        ),
        ("prior_therapy: {}", "prior_therapy: needs any_of, or another field"),
        (
            "prior_radioiodine: {or_unsuitable: true}",
            "prior_radioiodine: needs received, courses, cumulative_activity, last_course or course",
        ),
        ("stage: {}", "stage: needs a category, a size or a grade"),
        ("variant: {type: [fusion]}", "variant: needs a group or a gene"),
        (
            "variant: {group: ret-fusion, gene: [RET]}",
            "variant: use either a group, or a gene with an alteration",
        ),
        ("variant: {group: ret-fusoin}", "variant.group: unknown variant group (did you mean ret-fusion?)"),
        ("variant: {group: qqqqqqqqqqqq}", "variant.group: unknown variant group"),
        ("age: {}", "age: needs min, max, above or below"),
        ("age: {min: 30 years, max: 20 years}", "age: this range is empty"),
        (
            "age: {min: 20-30 years}",
            "age.min: a threshold is a single value (for a range use min, max, above or below)",
        ),
        ("age: {min: soon}", "age.min: enter a number"),
        ("prior_radioiodine: {cumulative_activity: {above: [600 mCi, 22 GB]}}", "unknown unit for"),
    ],
)
def test_an_invalid_criterion_is_rejected(written: str, fault: str) -> None:
    with pytest.raises(InputError) as rejected:
        read_criterion(read_yaml(written, "criterion").data, CriterionContext("", packaged_definitions().node))
    (found,) = rejected.value.faults
    assert fault in str(found)


def test_without_definitions_no_name_is_known() -> None:
    with pytest.raises(InputError, match="no definitions are known here"):
        read_criterion({"meets": "rai-refractory/undefined"}, CriterionContext())


def test_an_undetermined_kind_names_the_missing_field() -> None:
    with pytest.raises(NotImplementedError):
        Kind().node({}, CriterionContext())


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("age: {min: 18 years}\nsource_quality: great", "source_quality: unknown source quality"),
        ("age: {min: 18 years}\nlabel: [a]", "label"),
        ("age: {min: 18 years}\nbullet: 5", "bullet"),
    ],
)
def test_the_label_and_note_of_a_criterion_are_checked(written: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_criterion(read_yaml(written, "criterion").data, CriterionContext("", packaged_definitions().node))
