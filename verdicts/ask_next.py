"""What to ask next: the missing facts that could decide a trial, and their order over all trials."""

from collections.abc import Iterable
from typing import Any

from matching.deciding_facts import DecidingFacts, FactSet, facts_deciding
from matching.explain import Explainer, MissingFact
from matching.trial import Trial
from matching.truth import FALSE, TRUE
from matching.verdict import VERDICT_OF

TRIAL_LISTS = ("trials", "could_make_eligible", "could_make_ineligible")
"""The lists of trial ids that each missing fact carries."""


def missing_facts(explainer: Explainer, trial: Trial) -> list[dict[str, Any]]:
    """The missing facts of a possible trial, as `MissingOfTrialSchema`.

    A fact is omitted if no answer to it can help to decide the trial, not even with answers to other facts.
    """
    deciding = {truth: facts_deciding(explainer, trial.requirement, truth) for truth in (TRUE, FALSE)}
    candidates = explainer.explain(trial.requirement).missing
    companions = {fact: _fewest_companions(deciding.values(), fact) for fact in candidates}
    return [
        {
            "fact": missing.fact,
            "question": missing.question,
            "could_make": [VERDICT_OF[truth] for truth, facts in deciding.items() if missing in facts.alone],
            "beside": sorted({other.fact for other in others}),
        }
        for missing, others in companions.items()
        if others is not None
    ]


def _fewest_companions(deciding: Iterable[DecidingFacts], fact: MissingFact) -> FactSet | None:
    """The fewest other facts with which the fact could decide the trial, either way; None where it cannot."""
    sets = [companions for facts in deciding if (companions := facts.companions(fact)) is not None]
    return min(sets, key=len, default=None)


def needed_facts(explainer: Explainer, trial: Trial) -> list[str]:
    """A smallest set of facts that could make the trial eligible."""
    together = facts_deciding(explainer, trial.requirement, TRUE).together or frozenset()
    return sorted({missing.fact for missing in together})


def ask_next(matches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The missing facts: first those that could decide the most trials alone, then those that most trials need."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for match in matches:
        for missing in match["missing"]:
            key = missing["fact"], missing["question"]
            empty = {"fact": missing["fact"], "question": missing["question"], **{name: [] for name in TRIAL_LISTS}}
            entry = entries.setdefault(key, empty)
            for name in ("trials", *(f"could_make_{verdict}" for verdict in missing["could_make"])):
                entry[name].append(match["trial"])
    return sorted(entries.values(), key=lambda entry: (-_decides(entry), -len(entry["trials"]), entry["fact"]))


def _decides(entry: dict[str, Any]) -> int:
    """How many trials the answer could decide alone."""
    return len({*entry["could_make_eligible"], *entry["could_make_ineligible"]})
