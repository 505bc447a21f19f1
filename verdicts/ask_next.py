"""What to ask next: the missing facts that could decide a trial, and their order over all trials."""

from collections.abc import Iterable
from typing import Any

from matching.deciding_facts import Facts, Settling, way_to
from matching.explain import Explainer, Missing
from matching.trial import Trial
from matching.truth import FALSE, TRUE
from matching.verdict import VERDICT_OF

TRIAL_LISTS = ("trials", "could_make_eligible", "could_make_ineligible")
"""The lists of trial ids that each missing fact carries."""


def missing_facts(reader: Explainer, trial: Trial) -> list[dict[str, Any]]:
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
            "could_make": [VERDICT_OF[truth] for truth, way in ways.items() if one in way.alone],
            "beside": sorted({other.fact for other in others}),
        }
        for one, others in beside.items()
        if others is not None
    ]


def _beside(ways: Iterable[Settling], fact: Missing) -> Facts | None:
    """The fewest other facts with which the fact could settle the trial, either way; None where it cannot."""
    sets = [found for way in ways if (found := way.beside(fact)) is not None]
    return min(sets, key=len, default=None)


def needed_facts(reader: Explainer, trial: Trial) -> list[str]:
    """A smallest set of facts that could make the trial eligible."""
    together = way_to(reader, trial.requirement, TRUE).together or frozenset()
    return sorted({one.fact for one in together})


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
