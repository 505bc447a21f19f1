"""How many patients each criterion of a trial leaves, as rows of a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from matching.trial import Criterion
from schemas.trials.trial_file import text_of
from service.page.trials.views import trial_of
from storage.trials import get_trial

ASKED = ("confirm", "not_encoded", "no_rule")


@dataclass(frozen=True)
class AttritionRow:
    """One criterion. `left` may still fit after it and those before; of these `unknown` lack a fact.

    `removed` fell here. The widths are in percent of all patients.
    """

    text: str
    role: str
    removed: int
    left: int
    unknown: int
    total: int

    @property
    def sure_width(self) -> float:
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
    """The criteria of a trial, or of one of its cohorts after those of the trial."""

    title: str
    rows: tuple[AttritionRow, ...]


def charts(session: Session, site_id: str, counted: Mapping[str, Any], total: int) -> list[AttritionChart]:
    """The charts of a trial as a batch counted it; none where that version is not known any more."""
    found = get_trial(session, site_id, counted["trial"], counted["version"])
    if found is None:
        return []
    trial = trial_of(found)
    by_path = {one["path"]: one for one in counted["attrition"]}
    common, left = _rows(trial.criteria, by_path, total, total)
    of_cohorts = ((one, _rows(one.criteria, by_path, total, left)[0]) for one in trial.cohorts)
    cohorts = (AttritionChart(f"{one.id}: {one.title}", rows) for one, rows in of_cohorts)
    return [one for one in (AttritionChart("", common), *cohorts) if one.rows]


def _rows(
    criteria: Sequence[Criterion], by_path: Mapping[str, Any], total: int, left: int
) -> tuple[tuple[AttritionRow, ...], int]:
    """The rows, and how many are left after the last. What is asked at the site removes nobody here."""
    rows = []
    for line in criteria:
        counts = by_path.get(line.path)
        if counts is None:
            continue
        left -= counts["in_sequence"]
        if line.kind not in ASKED:
            text = text_of(line)
            named = text[:1].upper() + text[1:]
            rows.append(AttritionRow(named, line.role, counts["in_sequence"], left, counts["left_unknown"], total))
    return tuple(rows), left
