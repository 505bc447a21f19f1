"""The counts of many chunks put together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from registry.screen.results import Attrition, ChunkResult


@dataclass
class ScreenTotals:
    """Rows, verdicts and attrition so far. Chunks come in any order, and the sum is the same."""

    rows: int = 0
    matched: int = 0
    bad: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    attrition: dict[str, list[Attrition]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    def add(self, result: ChunkResult) -> "ScreenTotals":
        """With one chunk more."""
        self.rows, self.matched, self.bad = (
            self.rows + result.rows,
            self.matched + result.matched,
            self.bad + result.bad,
        )
        self.assumed = result.assumed
        for trial in result.trials:
            self.versions[trial.id] = trial.version
            before = self.counts.setdefault(trial.id, dict.fromkeys(trial.counts, 0))
            self.counts[trial.id] = {verdict: before[verdict] + count for verdict, count in trial.counts.items()}
            known = self.attrition.get(trial.id)
            self.attrition[trial.id] = (
                [one + other for one, other in zip(known, trial.attrition, strict=True)]
                if known
                else list(trial.attrition)
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """For programs, the page and the API."""
        return {
            "rows": self.rows,
            "matched": self.matched,
            "bad": self.bad,
            "assumed_complete": list(self.assumed),
            "trials": [
                {
                    "trial": trial,
                    "version": self.versions[trial],
                    **counts,
                    "attrition": [one.to_json() for one in self.attrition[trial]],
                }
                for trial, counts in self.counts.items()
            ],
        }


def total(results: Iterable[ChunkResult]) -> ScreenTotals:
    """All chunks together."""
    totals = ScreenTotals()
    for result in results:
        totals.add(result)
    return totals
