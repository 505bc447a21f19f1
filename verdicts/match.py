"""Matches one patient with trials: the verdict of each trial, cohort and criterion, with reasons."""

from collections.abc import Iterable, Sequence
from typing import Any

from matching import nodes as c
from matching.explain import Explainer
from matching.trial import Criterion, Trial, TrialCohort
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from matching.verdict import CRITERION_VERDICT_OF, VERDICT_OF
from schemas.implications.contradictions import contradictions
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of
from verdicts.ask_next import ask_next, missing_facts, needed_facts
from verdicts.match_schema import NOTICE
from verdicts.ranking import ranked, score_of


def match_patient(patient: Patient, trials: Sequence[Trial]) -> dict[str, Any]:
    """Match one patient with trials: a `MatchResultSchema`, the best trials first.

    Unknown: a fact that the summary does not report makes a trial possible, but never eligible or ineligible.
    """
    roots = tuple(node for trial in trials for node in nodes_of(trial))
    explainer = explainer_for(patient, roots)
    matches = [match_trial(explainer, trial) for trial in trials]
    return match_result(patient["patient_ref"], matches, contradiction_cards(explainer, roots))


def match_result(
    patient_ref: str, matches: Iterable[dict[str, Any]], contradictions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The `MatchResultSchema` of matches, which need not have been made together: ranked, with what to ask next."""
    ordered = ranked(matches)
    return {
        "patient": patient_ref,
        "matches": ordered,
        "ask_next": ask_next(ordered),
        "contradictions": list(contradictions),
        "notice": NOTICE,
    }


def contradiction_cards(explainer: Explainer, roots: tuple[c.TruthNode, ...]) -> list[dict[str, Any]]:
    """The contradictions between facts that these criteria read, as `ContradictionSchema`."""
    return [
        {"fact": found.fact, "sources": list(found.sources), "paths": list(found.paths)}
        for found in contradictions(explainer, roots)
    ]


def nodes_of(trial: Trial) -> tuple[c.TruthNode, ...]:
    """The nodes that must be evaluated to match a trial."""
    strict = (criterion.strict_requirement for criterion in trial.all_criteria() if criterion.questions)
    return (trial.requirement, *strict)


def match_trial(explainer: Explainer, trial: Trial) -> dict[str, Any]:
    """Match one trial: a `MatchSchema`."""
    truth = explainer.truth(trial.requirement)
    common = [explainer.truth(criterion.requirement) for criterion in trial.criteria]
    cohorts = [(cohort, explainer.truth(cohort.requirement)) for cohort in trial.cohorts]
    trial_wide = min(common, default=TRUE)
    in_cohorts = [criterion for cohort, fits in cohorts if fits is not FALSE for criterion in cohort.criteria]
    truths = common + [explainer.truth(criterion.requirement) for criterion in in_cohorts]
    confirm = _to_confirm(explainer, [*trial.criteria, *in_cohorts]) if truth is not FALSE else []
    return {
        "trial": trial.id,
        "version": trial.version,
        "title": trial.title,
        "status": trial.status,
        "verdict": VERDICT_OF[truth],
        "score": score_of(truth, truths, len(confirm)),
        "cohorts": [cohort_verdict(cohort, min(trial_wide, fits)) for cohort, fits in cohorts],
        "criteria": [criterion_verdict(explainer, criterion) for criterion in trial.all_criteria()],
        "missing": missing_facts(explainer, trial) if truth is UNKNOWN else [],
        "needed": needed_facts(explainer, trial) if truth is UNKNOWN else [],
        "confirm": confirm,
    }


def cohort_verdict(cohort: TrialCohort, fits: Truth) -> dict[str, str]:
    """A `CohortVerdictSchema`. `fits` includes the criteria of the trial itself."""
    verdict = {"id": cohort.id, "title": cohort.title, "verdict": VERDICT_OF[fits]}
    return verdict | ({"status": "closed"} if cohort.closed else {})


def criterion_verdict(explainer: Explainer, criterion: Criterion) -> dict[str, Any]:
    """A `CriterionVerdictSchema`; cached for all patients who have the same baseline for the criterion."""
    baseline = explainer.baseline_for(criterion.requirement)
    if baseline is None:
        return _criterion_verdict(explainer, criterion)
    known: dict[str, Any] | None = baseline.shared.get(criterion)
    if known is None:
        known = baseline.shared[criterion] = _criterion_verdict(baseline, criterion)
    return dict(known)


def _criterion_verdict(explainer: Explainer, criterion: Criterion) -> dict[str, Any]:
    reason = explainer.explain(criterion.requirement)
    out = {
        "text": text_of(criterion),
        "role": criterion.role,
        "verdict": CRITERION_VERDICT_OF[explainer.truth(criterion.requirement)],
        "observed": "; ".join(reason.observed),
        "evidence": list(reason.evidence),
        "path": criterion.path,
    }
    return out | ({"source_quality": criterion.source_quality} if criterion.source_quality else {})


def _to_confirm(explainer: Explainer, criteria: Sequence[Criterion]) -> list[str]:
    """The questions for the site whose answer could still change the verdict of their criterion."""
    depending = (
        criterion
        for criterion in criteria
        if criterion.questions
        and explainer.truth(criterion.requirement) != explainer.truth(criterion.strict_requirement)
    )
    return list(dict.fromkeys(question for criterion in depending for question in criterion.questions))
