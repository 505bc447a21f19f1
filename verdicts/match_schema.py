"""The JSON of a match result, which the command line, the API, the page and the exports all show."""

from marshmallow import Schema, fields

from matching.verdict import CRITERION_VERDICTS, VERDICTS

NOTICE = "A pre-screening aid: the investigator decides on eligibility."


class MissingSchema(Schema):
    """A fact that the summary does not report, and the question that asks for it."""

    fact = fields.String(required=True)
    question = fields.String(required=True)


class MissingOfTrialSchema(MissingSchema):
    """A missing fact, with the verdicts its answer alone could bring, or the other facts needed `beside` it."""

    could_make = fields.List(fields.String(), required=True)
    beside = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "a smallest set of other facts whose answers, with this one, could decide the trial"},
    )


class CriterionVerdictSchema(Schema):
    text = fields.String(required=True)
    role = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(CRITERION_VERDICTS)})
    observed = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)
    path = fields.String(required=True)
    source_quality = fields.String()


class CohortVerdictSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(VERDICTS)})
    status = fields.String(metadata={"description": "`closed` if nobody can join the cohort: it is ineligible"})


class MatchSchema(Schema):
    trial = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(VERDICTS)})
    score = fields.Float(required=True)
    cohorts = fields.List(fields.Nested(CohortVerdictSchema), required=True)
    criteria = fields.List(fields.Nested(CriterionVerdictSchema), required=True)
    missing = fields.List(fields.Nested(MissingOfTrialSchema), required=True)
    needed = fields.List(fields.String(), required=True)
    confirm = fields.List(fields.String(), required=True)


class AskNextSchema(MissingSchema):
    """A missing fact, the trials that need it, and what its answer alone could make of them."""

    trials = fields.List(fields.String(), required=True)
    could_make_eligible = fields.List(fields.String(), required=True)
    could_make_ineligible = fields.List(fields.String(), required=True)


class ContradictionSchema(Schema):
    fact = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)
    paths = fields.List(fields.String(), required=True)


class MatchResultSchema(Schema):
    """The result for one patient."""

    patient = fields.String(required=True)
    matches = fields.List(fields.Nested(MatchSchema), required=True)
    ask_next = fields.List(fields.Nested(AskNextSchema), required=True)
    contradictions = fields.List(fields.Nested(ContradictionSchema), required=True)
    notice = fields.String(required=True)
