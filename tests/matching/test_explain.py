"""Reasons for one patient: what was observed, its evidence, and what is missing."""

from typing import Any

import pytest

from matching import nodes as c
from matching.dependencies import Scope
from matching.explain import Explainer
from matching.interval import EVERYTHING, Interval
from matching.truth import Truth
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.inputs.strict_yaml import read_yaml
from schemas.summary.engines import explainer_for
from schemas.summary.facts import load_patient


def node_of(yaml: str) -> c.TruthNode:
    return read_criterion(read_yaml(yaml, "criterion").data, CriterionContext("", packaged_definitions().node)).node


def explainer(node: c.TruthNode, **facts: Any) -> Explainer:
    return explainer_for(load_patient({"patient_ref": "P-1", **facts}))


def disease(*lesions: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"disease": {"lesions": list(lesions), **others}}


LUNG_12 = {"site": "lung", "longest_diameter": "12 mm"}
MEASURABLE = "lesion: {where: {longest_diameter: {min: 10 mm}}}"


@pytest.mark.parametrize(
    ("criterion", "facts", "observed", "evidence"),
    [
        ("age: {min: 18 years}", {"age": "54 years"}, ["age 54 years"], ["age"]),
        ("sex: [female]", {"sex": "male"}, ["sex male"], ["sex"]),
        (MEASURABLE, disease(LUNG_12), ["lesion 1: lung, longest diameter 12 mm"], ["disease.lesions[0]"]),
        (
            MEASURABLE,
            disease(lesions_complete=True),
            ["no lesion listed (list complete)"],
            ["disease.lesions_complete"],
        ),
        (
            "prior_radioiodine: {received: true}",
            {"radioiodine": {"received": True}},
            ["radioiodine ever received yes"],
            ["radioiodine.received"],
        ),
        (
            "all: [{age: {min: 18 years}}, {sex: [female]}]",
            {"age": "54 years", "sex": "female"},
            ["age 54 years", "sex female"],
            ["age", "sex"],
        ),
        (
            "any: [{age: {min: 18 years}}, {sex: [female]}]",
            {"age": "7 years", "sex": "male"},
            ["age 7 years", "sex male"],
            ["age", "sex"],
        ),
        ("not: {sex: [female]}", {"sex": "male"}, ["sex male"], ["sex"]),
        ("confirm: Is consent given?", {}, [], []),
        (
            "lesion: {largest: {max: 4 cm}}",
            disease(LUNG_12, lesions_complete=True),
            ["diameter of the largest lesion 12 mm"],
            ["disease.lesions[0]"],
        ),
    ],
)
def test_what_was_observed(criterion: str, facts: dict[str, Any], observed: list[str], evidence: list[str]) -> None:
    node = node_of(criterion)
    reason = explainer(node, **facts).explain(node)
    assert list(reason.observed) == observed
    assert [path for path in evidence if path in reason.evidence] == evidence
    assert reason.missing == ()


@pytest.mark.parametrize(
    ("criterion", "facts", "missing"),
    [
        ("age: {min: 18 years}", {}, ["age"]),
        ("age: {min: 18 years}", {"age": "16-20 years"}, ["age"]),
        (MEASURABLE, {}, ["disease.lesions_complete", "disease.number_of_lesions"]),
        (MEASURABLE, disease({"site": "lung"}, lesions_complete=True), ["disease.lesions[0].longest_diameter"]),
        (
            "all: [{age: {min: 18 years}}, {sex: [female]}]",
            {"age": "54 years"},
            ["sex"],
        ),
        ("at_least: {count: 2, of: [{sex: [female]}, {age: {min: 18 years}}]}", {"sex": "female"}, ["age"]),
        ("meets: rai-refractory/undefined", {}, ["radioiodine.refractory_judgement.value"]),
        (
            "lesion: {where: {site: [lung]}, total: {above: 2 cm}}",
            disease({"site": "lung"}, lesions_complete=True),
            ["disease.lesions[0].longest_diameter"],
        ),
        ("variant: {group: ret-fusion}", {}, ["genomics.tested"]),
    ],
)
def test_what_is_missing(criterion: str, facts: dict[str, Any], missing: list[str]) -> None:
    node = node_of(criterion)
    found = [missing.fact for missing in explainer(node, **facts).explain(node).missing]
    assert [fact for fact in missing if fact in found] == missing


def test_a_consensus_shows_the_answer_of_each_definition() -> None:
    met, not_met = c.Named("family/one", c.IsYes("disease.metastatic")), c.Named("family/two", c.Any(()))
    node = c.Consensus((met, not_met))
    reason = explainer(node, disease={"metastatic": True}).explain(node)
    assert reason.observed == ("family/one: yes", "family/two: no")
    assert reason.missing == ()


def test_a_number_of_unnamed_sources_is_worded_by_the_first() -> None:
    number = c.Narrowed((c.Count(c.Records("disease.lesions")),))
    node = c.Within(number, c.Interval(1, 1), c.Interval(1, 1))
    assert explainer(node, **disease(LUNG_12, lesions_complete=True)).number_text(number) == "1 such lesion(s)"


def test_an_undeclared_quantity_is_asked_for() -> None:
    number = c.Largest(c.Records("disease.lesions"), "disease.lesions.weight")
    node = c.Within(number, c.Interval(1, 1), c.Interval(1, 1))
    missing = explainer(node, **disease(LUNG_12, lesions_complete=True)).explain(node).missing
    assert [question.fact for question in missing] == ["disease.lesions[0].weight"]


def test_the_last_scan_has_its_path_in_the_summary() -> None:
    node = node_of("radioiodine_uptake: {uptake: [avid], scan: [diagnostic]}")
    reason = explainer(node, radioiodine={"last_scan": {"kind": "diagnostic", "uptake": "avid"}}).explain(node)
    assert reason.evidence == ("radioiodine.last_scan",)


def test_a_filter_is_explained_for_one_record() -> None:
    lung = c.Among("disease.lesions.site", frozenset({"lung"}))
    patient = explainer(c.Exists(c.Records("disease.lesions", lung)), **disease(LUNG_12))
    scope = Scope("disease.lesions", 0)
    assert patient.truth(lung, scope) == Truth.TRUE
    assert patient.explain(lung, scope).evidence == ("disease.lesions[0].site",)


def test_a_number_of_a_record_may_rest_on_a_number_of_its_patient() -> None:
    both = c.Narrowed((c.Fact("disease.lesions.longest_diameter"), c.Fact("disease.largest_diameter")))
    patient = explainer(c.All(()), **disease(LUNG_12, {"site": "lung"}, largest_diameter="20 mm"))
    alone = explainer(c.All(()), **disease({"site": "lung", "longest_diameter": "5-30 mm"}))
    known = [patient.number(both, Scope("disease.lesions", row)) for row in range(2)]
    assert known == [EVERYTHING, Interval(20.0, 20.0)]  # the first contradicts the second
    assert alone.number(both, Scope("disease.lesions", 0)) == Interval(5.0, 30.0)
