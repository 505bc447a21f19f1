"""The verdict shape: what the command line, the API, the page and the exports all show of a match."""

from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import Schema, fields

from matching import nodes as c
from matching.deciding_facts import Facts, Settling, way_to
from matching.explain import Explainer, Missing
from matching.trial import RECRUITING, Criterion, Trial, TrialCohort
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from schemas.summary.cached_readings import read_one
from schemas.summary.contradictions import contradictions
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of

NOTICE = "A pre-screening aid: the investigator decides on eligibility."
VERDICTS = {TRUE: "eligible", UNKNOWN: "possible", FALSE: "ineligible"}
MET = {TRUE: "met", UNKNOWN: "unknown", FALSE: "not_met"}
RANK = {"eligible": 0, "possible": 1, "ineligible": 2}
WAITS = ("trials", "could_make_eligible", "could_make_ineligible")
ELIGIBLE_FROM, POSSIBLE_FROM = 0.75, 0.01
"""Eligible scores lie in [0.75, 1], possible ones in [0.01, 0.75), ineligible ones are 0."""


class MissingSchema(Schema):
    """A fact that the summary does not state, and the question that asks for it."""

    fact = fields.String(required=True)
    question = fields.String(required=True)


class MissingOfTrialSchema(MissingSchema):
    """The same with the verdicts that its answer alone could bring, or the other facts that it needs `beside` it."""

    could_make = fields.List(fields.String(), required=True)
    beside = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "a smallest set of other facts whose answers, with this one, could settle the trial"},
    )


class CriterionVerdictSchema(Schema):
    text = fields.String(required=True)
    role = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(MET.values())})
    observed = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)
    path = fields.String(required=True)
    source_quality = fields.String()


class CohortVerdictSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(VERDICTS.values())})


class MatchSchema(Schema):
    trial = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    verdict = fields.String(required=True, metadata={"enum": list(VERDICTS.values())})
    score = fields.Float(required=True)
    cohorts = fields.List(fields.Nested(CohortVerdictSchema), required=True)
    criteria = fields.List(fields.Nested(CriterionVerdictSchema), required=True)
    missing = fields.List(fields.Nested(MissingOfTrialSchema), required=True)
    needed = fields.List(fields.String(), required=True)
    confirm = fields.List(fields.String(), required=True)


class AskNextSchema(MissingSchema):
    """A missing fact, the trials that wait for it, and what its answer alone could make of them."""

    trials = fields.List(fields.String(), required=True)
    could_make_eligible = fields.List(fields.String(), required=True)
    could_make_ineligible = fields.List(fields.String(), required=True)


class ContradictionSchema(Schema):
    fact = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)
    paths = fields.List(fields.String(), required=True)


class MatchResultSchema(Schema):
    """The answer for one patient."""

    patient = fields.String(required=True)
    matches = fields.List(fields.Nested(MatchSchema), required=True)
    ask_next = fields.List(fields.Nested(AskNextSchema), required=True)
    contradictions = fields.List(fields.Nested(ContradictionSchema), required=True)
    notice = fields.String(required=True)


def match_patient(patient: Patient, trials: Sequence[Trial]) -> dict[str, Any]:
    """One patient against trials, with reasons, in the verdict shape, best first.

    Unknown: facts the summary does not state make a trial possible, never eligible or ineligible by themselves.
    """
    roots = tuple(node for trial in trials for node in nodes_of(trial))
    reader = read_one(patient, roots)
    found = [
        {"fact": one.fact, "sources": list(one.sources), "paths": list(one.paths)}
        for one in contradictions(reader, roots)
    ]
    return assemble(patient["patient_ref"], [one_match(reader, trial) for trial in trials], found)


def assemble(
    patient_ref: str, matches: Iterable[dict[str, Any]], contradictions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The verdict shape from matches that were made together or apart: best first, with what to ask next."""
    ordered = sorted(matches, key=_order)
    return {
        "patient": patient_ref,
        "matches": ordered,
        "ask_next": _ask_next(ordered),
        "contradictions": list(contradictions),
        "notice": NOTICE,
    }


def nodes_of(trial: Trial) -> tuple[c.TruthNode, ...]:
    """What must be computed to give a trial its verdict with reasons."""
    doubted = (criterion.doubted for criterion in trial.all_criteria() if criterion.questions)
    return (trial.requirement, *doubted)


def _order(match: dict[str, Any]) -> tuple[Any, ...]:
    return RANK[match["verdict"]], match["status"] not in RECRUITING, -match["score"], match["trial"]


def one_match(reader: Explainer, trial: Trial) -> dict[str, Any]:
    """One trial in the verdict shape, from a reader that knows `nodes_of` it."""
    truth = reader.truth(trial.requirement)
    common = [reader.truth(line.requirement) for line in trial.criteria]
    cohorts = [(cohort, reader.truth(cohort.requirement)) for cohort in trial.cohorts]
    whole = min(common, default=TRUE)
    in_cohorts = [line for cohort, fits in cohorts if fits is not FALSE for line in cohort.criteria]
    truths = common + [reader.truth(line.requirement) for line in in_cohorts]
    confirm = _confirm(reader, [*trial.criteria, *in_cohorts]) if truth is not FALSE else []
    return {
        "trial": trial.id,
        "version": trial.version,
        "title": trial.title,
        "status": trial.status,
        "verdict": VERDICTS[truth],
        "score": _score(truth, truths, len(confirm)),
        "cohorts": [cohort_verdict(cohort, min(whole, fits)) for cohort, fits in cohorts],
        "criteria": [line_verdict(reader, line) for line in trial.all_criteria()],
        "missing": _missing(reader, trial) if truth is UNKNOWN else [],
        "needed": _needed(reader, trial) if truth is UNKNOWN else [],
        "confirm": confirm,
    }


def cohort_verdict(cohort: TrialCohort, fits: Truth) -> dict[str, str]:
    """A cohort as it stands for a patient; it fits only where the trial's own lines do."""
    return {"id": cohort.id, "title": cohort.title, "verdict": VERDICTS[fits]}


def line_verdict(reader: Explainer, line: Criterion) -> dict[str, Any]:
    """One criterion as it stands for the patient; told once for all patients who are alike in what it reads."""
    like = reader.alike(line.requirement)
    if like is None:
        return _told(reader, line)
    known: dict[str, Any] | None = like.told.get(line)
    if known is None:
        known = like.told[line] = _told(like, line)
    return dict(known)


def _told(reader: Explainer, line: Criterion) -> dict[str, Any]:
    reason = reader.explain(line.requirement)
    out = {
        "text": text_of(line),
        "role": line.role,
        "verdict": MET[reader.truth(line.requirement)],
        "observed": "; ".join(reason.observed),
        "evidence": list(reason.evidence),
        "path": line.path,
    }
    return out | ({"source_quality": line.source_quality} if line.source_quality else {})


def _missing(reader: Explainer, trial: Trial) -> list[dict[str, Any]]:
    """The missing facts of a possible trial, what the answer to each alone could make of it, and what else it needs.

    A fact that no answers to others could make decisive is left out.
    """
    ways = {truth: way_to(reader, trial.requirement, truth) for truth in (TRUE, FALSE)}
    listed = reader.explain(trial.requirement).missing
    beside = {one: _beside(ways.values(), one) for one in listed}
    return [
        {
            "fact": one.fact,
            "question": one.question,
            "could_make": [VERDICTS[truth] for truth, way in ways.items() if one in way.alone],
            "beside": sorted({other.fact for other in others}),
        }
        for one, others in beside.items()
        if others is not None
    ]


def _beside(ways: Iterable[Settling], fact: Missing) -> Facts | None:
    """The fewest other facts with which the fact could settle the trial, either way; None where it cannot."""
    sets = [found for way in ways if (found := way.beside(fact)) is not None]
    return min(sets, key=len, default=None)


def _needed(reader: Explainer, trial: Trial) -> list[str]:
    """A smallest set of facts that could make the trial eligible."""
    together = way_to(reader, trial.requirement, TRUE).together or frozenset()
    return sorted({one.fact for one in together})


def _confirm(reader: Explainer, lines: Sequence[Criterion]) -> list[str]:
    """Questions whose answer could still change the verdict of their line."""
    open_lines = (
        line for line in lines if line.questions and reader.truth(line.requirement) != reader.truth(line.doubted)
    )
    return list(dict.fromkeys(question for line in open_lines for question in line.questions))


def _score(truth: Truth, lines: Sequence[Truth], to_confirm: int) -> float:
    """Eligible: nearer 1 the less is left to confirm. Possible: nearer 0.75 the more lines are met."""
    if truth is FALSE:
        return 0.0
    met = lines.count(TRUE)
    if truth is TRUE:
        return round(ELIGIBLE_FROM + (1 - ELIGIBLE_FROM) * (1 - to_confirm / (met + 1)), 3)
    share = met / (len(lines) + 1)
    return round(POSSIBLE_FROM + (ELIGIBLE_FROM - POSSIBLE_FROM - 0.01) * share, 3)


def _ask_next(matches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The missing facts, first those that could by themselves settle most trials, then those most trials wait for."""
    asked: dict[tuple[str, str], dict[str, Any]] = {}
    for match in matches:
        for one in match["missing"]:
            key = one["fact"], one["question"]
            blank = {"fact": one["fact"], "question": one["question"], **{waits: [] for waits in WAITS}}
            entry = asked.setdefault(key, blank)
            for waits in ("trials", *(f"could_make_{verdict}" for verdict in one["could_make"])):
                entry[waits].append(match["trial"])
    return sorted(asked.values(), key=lambda entry: (-_settles(entry), -len(entry["trials"]), entry["fact"]))


def _settles(entry: dict[str, Any]) -> int:
    return len({*entry["could_make_eligible"], *entry["could_make_ineligible"]})
