"""Reasons: what was observed, where it stands, and what is missing, for one patient at a time."""

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


def reader(node: c.TruthNode, **facts: Any) -> Explainer:
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
    reason = reader(node, **facts).explain(node)
    assert list(reason.observed) == observed
    assert [one for one in evidence if one in reason.evidence] == evidence
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
    found = [one.fact for one in reader(node, **facts).explain(node).missing]
    assert [fact for fact in missing if fact in found] == missing


def test_a_consensus_shows_what_each_definition_says() -> None:
    holds, fails = c.Named("family/one", c.IsYes("disease.metastatic")), c.Named("family/two", c.Any(()))
    node = c.Consensus((holds, fails))
    told = reader(node, disease={"metastatic": True}).explain(node)
    assert told.observed == ("family/one: yes", "family/two: no")
    assert told.missing == ()


def test_a_number_of_unnamed_sources_is_told_by_the_first() -> None:
    number = c.Narrowed((c.Count(c.Records("disease.lesions")),))
    node = c.Within(number, c.Interval(1, 1), c.Interval(1, 1))
    assert reader(node, **disease(LUNG_12, lesions_complete=True)).number_text(number) == "1 such lesion(s)"


def test_a_quantity_of_no_column_is_asked_for() -> None:
    number = c.Largest(c.Records("disease.lesions"), "disease.lesions.weight")
    node = c.Within(number, c.Interval(1, 1), c.Interval(1, 1))
    missing = reader(node, **disease(LUNG_12, lesions_complete=True)).explain(node).missing
    assert [one.fact for one in missing] == ["disease.lesions[0].weight"]


def test_the_last_scan_is_named_where_it_was_written() -> None:
    node = node_of("radioiodine_uptake: {uptake: [avid], scan: [diagnostic]}")
    told = reader(node, radioiodine={"last_scan": {"kind": "diagnostic", "uptake": "avid"}}).explain(node)
    assert told.evidence == ("radioiodine.last_scan",)


def test_a_filter_is_explained_for_one_record() -> None:
    lung = c.Among("disease.lesions.site", frozenset({"lung"}))
    one = reader(c.Exists(c.Records("disease.lesions", lung)), **disease(LUNG_12))
    place = Scope("disease.lesions", 0)
    assert one.truth(lung, place) == Truth.TRUE
    assert one.explain(lung, place).evidence == ("disease.lesions[0].site",)


def test_a_number_of_a_record_may_rest_on_a_number_of_its_patient() -> None:
    both = c.Narrowed((c.Fact("disease.lesions.longest_diameter"), c.Fact("disease.largest_diameter")))
    patient = reader(c.All(()), **disease(LUNG_12, {"site": "lung"}, largest_diameter="20 mm"))
    alone = reader(c.All(()), **disease({"site": "lung", "longest_diameter": "5-30 mm"}))
    known = [patient.number(both, Scope("disease.lesions", row)) for row in range(2)]
    assert known == [EVERYTHING, Interval(20.0, 20.0)]  # the first contradicts
    assert alone.number(both, Scope("disease.lesions", 0)) == Interval(5.0, 30.0)
