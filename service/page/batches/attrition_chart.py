"""The attrition chart of a batch: how many patients are left after each criterion of a trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from matching.trial import Criterion
from schemas.trials.trial_file import text_of
from service.page.formats import capital
from service.page.trials.views import trial_of
from storage.trials import get_trial

KINDS_WITHOUT_ATTRITION = ("confirm", "not_encoded", "no_rule")
"""Criterion kinds that only the site can decide, so they remove nobody here."""


@dataclass(frozen=True)
class AttritionRow:
    """A criterion. `removed` patients fail it; `left` may still fit after it, of which `unknown` miss a fact.

    Units: the widths are percent of all patients.
    """

    text: str
    role: str
    removed: int
    left: int
    unknown: int
    total: int

    @property
    def fitting_width(self) -> float:
        return self._width(self.left - self.unknown)

    @property
    def unknown_width(self) -> float:
        return self._width(self.unknown)

    @property
    def removed_width(self) -> float:
        return self._width(self.removed)

    def _width(self, count: int) -> float:
        return round(100 * max(count, 0) / self.total, 2) if self.total else 0.0


@dataclass(frozen=True)
class AttritionChart:
    """The criteria of a trial, or those of a cohort, which follow the criteria of the trial."""

    title: str
    rows: tuple[AttritionRow, ...]


def attrition_charts(session: Session, site_id: str, counted: Mapping[str, Any], total: int) -> list[AttritionChart]:
    """The charts of a trial and its cohorts from the counts of a batch; none if the site no longer has that version."""
    found = get_trial(session, site_id, counted["trial"], counted["version"])
    if found is None:
        return []
    trial = trial_of(found)
    by_path = {counts["path"]: counts for counts in counted["attrition"]}
    rows, left = _rows(trial.criteria, by_path, total, total)
    cohorts = (
        AttritionChart(f"{cohort.id}: {cohort.title}", _rows(cohort.criteria, by_path, total, left)[0])
        for cohort in trial.cohorts
    )
    return [chart for chart in (AttritionChart("", rows), *cohorts) if chart.rows]


def _rows(
    criteria: Sequence[Criterion], by_path: Mapping[str, Any], total: int, left: int
) -> tuple[tuple[AttritionRow, ...], int]:
    """The rows, and how many patients are left after the last."""
    rows = []
    for line in criteria:
        counts = by_path.get(line.path)
        if counts is None:
            continue
        left -= counts["in_sequence"]
        if line.kind not in KINDS_WITHOUT_ATTRITION:
            text, removed = capital(text_of(line)), counts["in_sequence"]
            rows.append(AttritionRow(text, line.role, removed, left, counts["left_unknown"], total))
    return tuple(rows), left
