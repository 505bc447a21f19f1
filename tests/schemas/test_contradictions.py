"""Facts of one summary that cannot all be true: rejected on submission, reported with both paths."""

from typing import Any

import pytest

from matching import nodes as c
from schemas.implications.contradictions import accept_patient, contradictions
from schemas.inputs.faults import InputError
from schemas.summary.engines import explainer_for
from schemas.summary.facts import load_patient


def faults(**facts: Any) -> list[str]:
    try:
        accept_patient({"patient_ref": "P-1", **facts})
    except InputError as error:
        return [f"{fault.path}: {fault.message}" for fault in error.faults]
    return []


def ago(months: int) -> dict[str, str]:
    return {"ago": f"{months} months"}


TWO_COURSES = [{"given": ago(40)}, {"given": ago(10), "gap_before": "30 months"}]
OTHER_GAP = [{"given": ago(40)}, {"given": ago(10), "gap_before": "5 months"}]


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"therapies": [{"drug": "lenvatinib", "ongoing": True, "stopped": ago(1)}]}, "therapies[0].stopped"),
        ({"therapies": [{"drug": "lenvatinib", "ongoing": True, "stopped": ago(0)}]}, None),
        ({"therapies": [{"drug": "lenvatinib", "ongoing": False, "stopped": ago(1)}]}, None),
        (
            {"labs": [{"analyte": "alt", "value": "80 U/L", "upper_limit": "40 U/L", "times_upper_limit": 3}]},
            "labs[0].times_upper_limit",
        ),
        ({"labs": [{"analyte": "alt", "value": "80 U/L", "upper_limit": "40 U/L", "times_upper_limit": 2}]}, None),
        ({"labs": [{"analyte": "alt", "value": "80 mm"}]}, "labs[0].value"),
        ({"radioiodine": {"courses": OTHER_GAP, "courses_complete": True}}, "radioiodine.courses[1].gap_before"),
        ({"radioiodine": {"courses": TWO_COURSES, "courses_complete": True}}, None),
        ({"radioiodine": {"courses": OTHER_GAP}}, None),
        (
            {"radioiodine": {"cumulative_activity": "100 mCi", "courses": [{"activity": "150 mCi"}]}},
            "radioiodine.cumulative_activity",
        ),
        ({"radioiodine": {"received": False, "courses": [{"activity": "150 mCi"}]}}, "radioiodine.received"),
        ({"disease": {"metastatic": False, "lesions": [{"site": "lung"}]}}, "disease.metastatic"),
        ({"disease": {"metastatic": True, "lesions": [{"site": "lung"}]}}, None),
        ({"disease": {"progression": {"progressed": False, "within": "6 months"}}}, "disease.progression.progressed"),
        (
            {"disease": {"lesions": [{"progressed": False, "change_since_rai": "progression"}]}},
            "disease.lesions[0].progressed",
        ),
    ],
)
def test_contradictory_facts_are_rejected_with_their_path(facts: dict[str, Any], fault: str | None) -> None:
    assert [fault.partition(": ")[0] for fault in faults(**facts)] == ([fault] if fault else [])


def disagreeing(*sources: c.TruthNode, **facts: Any) -> list[tuple[str, ...]]:
    """The paths at which the sources of a judgement contradict each other."""
    node = c.Preferred(*sources)
    explainer = explainer_for(load_patient({"patient_ref": "P-1", **facts}))
    return [contradiction.paths for contradiction in contradictions(explainer, (node,))]


def test_a_judgement_that_differs_from_derived_facts_is_reported() -> None:
    judged, derived = c.IsYes("disease.recurrent"), c.Not(c.Among("sex", frozenset({"female"})))
    stated = {"disease": {"recurrent": True}}
    assert disagreeing(judged, derived, sex="female", **stated) == [("disease.recurrent", "sex")]
    assert disagreeing(judged, derived, sex="male", **stated) == []
    assert disagreeing(judged, derived, **stated) == []


def test_a_source_that_reads_no_fact_has_no_path() -> None:
    assert disagreeing(c.IsYes("disease.recurrent"), c.Any(()), disease={"recurrent": True}) == [
        ("disease.recurrent", "")
    ]
