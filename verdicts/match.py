"""One patient against trials: the verdict of each trial, cohort and criterion, with its reasons."""

from collections.abc import Iterable, Sequence
from typing import Any

from matching import nodes as c
from matching.explain import Explainer
from matching.trial import Criterion, Trial, TrialCohort
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from matching.verdict import CRITERION_VERDICT_OF, VERDICT_OF
from schemas.summary.contradictions import contradictions
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of
from verdicts.ask_next import ask_next, missing_facts, needed_facts
from verdicts.match_schema import NOTICE
from verdicts.ranking import ranked, score_of


def match_patient(patient: Patient, trials: Sequence[Trial]) -> dict[str, Any]:
    """One patient against trials, with reasons, in the verdict shape, best first.

    Unknown: facts the summary does not state make a trial possible, never eligible or ineligible by themselves.
    """
    roots = tuple(node for trial in trials for node in nodes_of(trial))
    reader = explainer_for(patient, roots)
    found = contradiction_cards(reader, roots)
    return assemble(patient["patient_ref"], [match_trial(reader, trial) for trial in trials], found)


def contradiction_cards(reader: Explainer, roots: tuple[c.TruthNode, ...]) -> list[dict[str, Any]]:
    """The contradictions among the facts that these criteria read, as JSON."""
    return [
        {"fact": found.fact, "sources": list(found.sources), "paths": list(found.paths)}
        for found in contradictions(reader, roots)
    ]


def assemble(
    patient_ref: str, matches: Iterable[dict[str, Any]], contradictions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The verdict shape from matches that were made together or apart: best first, with what to ask next."""
    ordered = ranked(matches)
    return {
        "patient": patient_ref,
        "matches": ordered,
        "ask_next": ask_next(ordered),
        "contradictions": list(contradictions),
        "notice": NOTICE,
    }


def nodes_of(trial: Trial) -> tuple[c.TruthNode, ...]:
    """What must be computed to give a trial its verdict with reasons."""
    doubted = (criterion.doubted for criterion in trial.all_criteria() if criterion.questions)
    return (trial.requirement, *doubted)


def match_trial(reader: Explainer, trial: Trial) -> dict[str, Any]:
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
        "verdict": VERDICT_OF[truth],
        "score": score_of(truth, truths, len(confirm)),
        "cohorts": [cohort_verdict(cohort, min(whole, fits)) for cohort, fits in cohorts],
        "criteria": [line_verdict(reader, line) for line in trial.all_criteria()],
        "missing": missing_facts(reader, trial) if truth is UNKNOWN else [],
        "needed": needed_facts(reader, trial) if truth is UNKNOWN else [],
        "confirm": confirm,
    }


def cohort_verdict(cohort: TrialCohort, fits: Truth) -> dict[str, str]:
    """A cohort as it stands for a patient; it fits only where the trial's own lines do."""
    return {"id": cohort.id, "title": cohort.title, "verdict": VERDICT_OF[fits]}


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
        "verdict": CRITERION_VERDICT_OF[reader.truth(line.requirement)],
        "observed": "; ".join(reason.observed),
        "evidence": list(reason.evidence),
        "path": line.path,
    }
    return out | ({"source_quality": line.source_quality} if line.source_quality else {})


def _confirm(reader: Explainer, lines: Sequence[Criterion]) -> list[str]:
    """Questions whose answer could still change the verdict of their line."""
    open_lines = (
        line for line in lines if line.questions and reader.truth(line.requirement) != reader.truth(line.doubted)
    )
    return list(dict.fromkeys(question for line in open_lines for question in line.questions))
