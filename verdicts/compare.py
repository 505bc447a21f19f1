"""Definitions side by side on one patient: what each says, why, and on which axes two that disagree differ."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from marshmallow import Schema, fields

from matching.explain import Explainer
from matching.truth import Truth
from schemas.criteria.definitions import AXES, Definition
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient
from verdicts.match_schema import NOTICE, MissingSchema

ANSWERS = {Truth.TRUE: "holds", Truth.FALSE: "does_not_hold", Truth.UNKNOWN: "unknown"}


class DefinitionAnswerSchema(Schema):
    """What one definition says of a patient."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    truth = fields.String(required=True, metadata={"enum": list(ANSWERS.values())})
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
    """Two definitions of which one holds and the other does not, and the axes on which their rules differ."""

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
    """Every definition of a patient, family by family.

    Unknown: where the summary does not settle a definition; its missing facts are named.
    """
    whole = [definition for definition in definitions if not definition.of_lesion]
    reader = explainer_for(patient, tuple(definition.node for definition in whole))
    families = dict.fromkeys(definition.family for definition in whole)
    return {
        "patient": patient["patient_ref"],
        "families": [_family(reader, name, [one for one in whole if one.family == name]) for name in families],
        "notice": NOTICE,
    }


def _family(reader: Explainer, name: str, members: Sequence[Definition]) -> dict[str, Any]:
    truths = {member.name: reader.truth(member.node) for member in members}
    opposed = (pair for pair in combinations(members, 2) if {truths[one.name] for one in pair} == OPPOSED)
    return {
        "family": name,
        "definitions": [_answer(reader, member, truths[member.name]) for member in members],
        "disagreements": [_disagreement(first, second) for first, second in opposed],
    }


OPPOSED = {Truth.TRUE, Truth.FALSE}


def _answer(reader: Explainer, definition: Definition, truth: Truth) -> dict[str, Any]:
    reason = reader.explain(definition.node)
    return {
        "name": definition.name,
        "title": definition.title,
        "truth": ANSWERS[truth],
        "observed": "; ".join(reason.observed),
        "evidence": list(reason.evidence),
        "missing": [{"fact": one.fact, "question": one.question} for one in reason.missing],
        "source": definition.source,
        "sure": definition.sure,
    }


def _disagreement(first: Definition, second: Definition) -> dict[str, Any]:
    axes = [
        {"axis": label, "first": first.axes.get(axis, NOT_SAID), "second": second.axes.get(axis, NOT_SAID)}
        for axis, label in AXES.items()
        if first.axes.get(axis) != second.axes.get(axis)
    ]
    return {"first": first.name, "second": second.name, "axes": axes}


NOT_SAID = "not part of the rule"


def table(patients: Sequence[Patient], definitions: Iterable[Definition]) -> dict[str, dict[str, str]]:
    """Patients by definitions: reference to name to answer."""
    listed = list(definitions)
    answers = {}
    for patient in patients:
        found = compare(patient, listed)["families"]
        members = (one for family in found for one in family["definitions"])
        answers[patient["patient_ref"]] = {one["name"]: one["truth"] for one in members}
    return answers


def alike(answers: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """Pairs of definitions that no patient of the table tells apart."""
    names = list(next(iter(answers.values()), {}))
    return [pair for pair in combinations(names, 2) if all(row[pair[0]] == row[pair[1]] for row in answers.values())]
