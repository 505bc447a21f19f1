"""Compares definitions on one patient: the answer of each, its reason, and the axes on which they differ."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from marshmallow import Schema, fields

from matching.explain import Explainer
from matching.truth import Truth
from matching.verdict import DEFINITION_ANSWER_OF
from schemas.criteria.definitions import AXES, Definition
from schemas.implications.closure import concluded
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient
from verdicts.match_schema import NOTICE, MissingSchema


class DefinitionAnswerSchema(Schema):
    """The answer of one definition for a patient."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    truth = fields.String(required=True, metadata={"enum": list(DEFINITION_ANSWER_OF.values())})
    observed = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)
    missing = fields.List(fields.Nested(MissingSchema), required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True)


class AxisSchema(Schema):
    axis = fields.String(required=True)
    first = fields.String(required=True)
    second = fields.String(required=True)


class DisagreementSchema(Schema):
    """Two definitions of which one is met and the other is not, and the axes on which their rules differ."""

    first = fields.String(required=True)
    second = fields.String(required=True)
    axes = fields.List(fields.Nested(AxisSchema), required=True)


class FamilySchema(Schema):
    family = fields.String(required=True)
    definitions = fields.List(fields.Nested(DefinitionAnswerSchema), required=True)
    disagreements = fields.List(fields.Nested(DisagreementSchema), required=True)


class ComparisonSchema(Schema):
    """Every family of definitions on one patient."""

    patient = fields.String(required=True)
    families = fields.List(fields.Nested(FamilySchema), required=True)
    notice = fields.String(required=True)


def compare(patient: Patient, definitions: Iterable[Definition]) -> dict[str, Any]:
    """The answers of all definitions for a patient, by family.

    Unknown: where the summary does not decide a definition; its missing facts are listed.
    """
    patient_level = [definition for definition in definitions if not definition.of_lesion]
    explainer = explainer_for(patient, tuple(concluded(definition.node) for definition in patient_level))
    families = dict.fromkeys(definition.family for definition in patient_level)
    return {
        "patient": patient["patient_ref"],
        "families": [
            _family(explainer, name, [definition for definition in patient_level if definition.family == name])
            for name in families
        ],
        "notice": NOTICE,
    }


def _family(explainer: Explainer, name: str, members: Sequence[Definition]) -> dict[str, Any]:
    truths = {member.name: explainer.truth(concluded(member.node)) for member in members}
    opposed = (pair for pair in combinations(members, 2) if {truths[member.name] for member in pair} == OPPOSED)
    return {
        "family": name,
        "definitions": [_answer(explainer, member, truths[member.name]) for member in members],
        "disagreements": [_disagreement(first, second) for first, second in opposed],
    }


OPPOSED = {Truth.TRUE, Truth.FALSE}


def _answer(explainer: Explainer, definition: Definition, truth: Truth) -> dict[str, Any]:
    reason = explainer.explain(concluded(definition.node))
    return {
        "name": definition.name,
        "title": definition.title,
        "truth": DEFINITION_ANSWER_OF[truth],
        "observed": "; ".join(reason.observed),
        "evidence": list(reason.evidence),
        "missing": [{"fact": missing.fact, "question": missing.question} for missing in reason.missing],
        "source": definition.source,
        "sure": definition.sure,
    }


def _disagreement(first: Definition, second: Definition) -> dict[str, Any]:
    axes = [
        {"axis": label, "first": first.axes.get(axis, NOT_IN_RULE), "second": second.axes.get(axis, NOT_IN_RULE)}
        for axis, label in AXES.items()
        if first.axes.get(axis) != second.axes.get(axis)
    ]
    return {"first": first.name, "second": second.name, "axes": axes}


NOT_IN_RULE = "not part of the rule"


def answer_table(patients: Sequence[Patient], definitions: Iterable[Definition]) -> dict[str, dict[str, str]]:
    """The answers by patient reference and definition name."""
    listed = list(definitions)
    answers = {}
    for patient in patients:
        families = compare(patient, listed)["families"]
        members = (answer for family in families for answer in family["definitions"])
        answers[patient["patient_ref"]] = {answer["name"]: answer["truth"] for answer in members}
    return answers


def indistinguishable(answers: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The pairs of definitions that have the same answer for every patient of the table."""
    names = list(next(iter(answers.values()), {}))
    return [pair for pair in combinations(names, 2) if all(row[pair[0]] == row[pair[1]] for row in answers.values())]
