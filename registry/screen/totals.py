"""Add up the counts of many chunks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import add
from typing import Any

from registry.screen.attrition import Attrition
from registry.screen.results import ChunkResult


@dataclass
class ScreenTotals:
    """Rows, verdicts and attrition so far. The order of the chunks does not matter."""

    rows: int = 0
    matched: int = 0
    bad: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    attrition: dict[str, list[Attrition]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    def add(self, result: ChunkResult) -> "ScreenTotals":
        """Add the counts of a chunk."""
        self.rows += result.rows
        self.matched += result.matched
        self.bad += result.bad
        self.assumed = result.assumed
        for trial in result.trials:
            self.versions[trial.id] = trial.version
            before = self.counts.setdefault(trial.id, dict.fromkeys(trial.counts, 0))
            self.counts[trial.id] = {verdict: before[verdict] + count for verdict, count in trial.counts.items()}
            earlier = self.attrition.get(trial.id)
            self.attrition[trial.id] = list(map(add, earlier, trial.attrition)) if earlier else list(trial.attrition)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the totals as the command line, the page and the API show them."""
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
                    "attrition": [line.to_json() for line in self.attrition[trial]],
                }
                for trial, counts in self.counts.items()
            ],
        }


def add_up(results: Iterable[ChunkResult]) -> ScreenTotals:
    """Add up all chunks."""
    totals = ScreenTotals()
    for result in results:
        totals.add(result)
    return totals
