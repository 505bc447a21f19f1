"""Compares two versions of a trial criterion by criterion: what was added, removed, changed, reworded or moved."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rapidfuzz import fuzz

from authoring.contradictory_criteria import subjects
from matching.describe import describe
from matching.trial import Criterion, Trial, TrialCohort
from schemas.summary.fact_wording import WORDS
from schemas.trials.trial_file import text_of

ChangeKind: TypeAlias = Literal["head", "added", "removed", "changed", "reworded", "moved"]

MIN_SIMILARITY = 50.0
"""Two criteria about common subjects whose English is at least this similar (percent, `rapidfuzz.fuzz.ratio`) count as
one changed criterion, not as one removed and one added."""

HEAD_FIELDS = ("id", "title", "phase", "status", "status_seen", "source", "completeness")


@dataclass(frozen=True)
class PlacedCriterion:
    """A criterion and its position: the cohort (empty for the trial itself) and the index in its list."""

    cohort: str
    index: int
    criterion: Criterion

    @property
    def list(self) -> tuple[str, str]:
        """The list it is in. A cohort is known by its id, so it stays the same if another is put before it."""
        return self.cohort, self.criterion.role

    @property
    def annotations(self) -> tuple[Any, ...]:
        """What the curator wrote next to the criterion."""
        return self.criterion.label, self.criterion.note, self.criterion.source_quality, self.criterion.bullets


Pair: TypeAlias = tuple[PlacedCriterion, PlacedCriterion]


@dataclass(frozen=True)
class TrialChange:
    """One difference. An added criterion has no `before` and `old`, a removed one no `after` and `new`."""

    what: ChangeKind
    path: str
    before: str = ""
    after: str = ""
    old: PlacedCriterion | None = None
    new: PlacedCriterion | None = None


def trial_diff(old: Trial, new: Trial) -> list[TrialChange]:
    """Every difference of head, cohorts and criteria. A criterion that only got another index is no difference."""
    pairs, only_old, only_new = _paired(_placed_criteria(old), _placed_criteria(new))
    reordered = _reordered(pairs)
    of_pairs = (change for pair in pairs for change in _pair_changes(pair, pair in reordered))
    removed = (
        TrialChange("removed", placed.criterion.path, before=text_of(placed.criterion), old=placed)
        for placed in only_old
    )
    added = (
        TrialChange("added", placed.criterion.path, after=text_of(placed.criterion), new=placed) for placed in only_new
    )
    return [*_head_changes(old, new), *of_pairs, *removed, *added]


def change_card(change: TrialChange) -> dict[str, str]:
    """A change as JSON."""
    return {"what": change.what, "path": change.path, "before": change.before, "after": change.after}


def _head_changes(old: Trial, new: Trial) -> Iterator[TrialChange]:
    for name in HEAD_FIELDS:
        before, after = (_head_text(getattr(trial, name)) for trial in (old, new))
        if before != after:
            yield TrialChange("head", name, before, after)
    old_titles, new_titles = ({cohort.id: _cohort_text(cohort) for cohort in trial.cohorts} for trial in (old, new))
    for cohort_id in dict.fromkeys([*old_titles, *new_titles]):
        before, after = old_titles.get(cohort_id, ""), new_titles.get(cohort_id, "")
        if before != after:
            yield TrialChange("head", f"cohort {cohort_id}", before, after)


def _cohort_text(cohort: TrialCohort) -> str:
    return f"{cohort.title} (closed)" if cohort.closed else cohort.title


def _head_text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _placed_criteria(trial: Trial) -> list[PlacedCriterion]:
    lists: list[tuple[str, Sequence[Criterion]]] = [("", trial.criteria)]
    lists += [(cohort.id, cohort.criteria) for cohort in trial.cohorts]
    return [
        PlacedCriterion(cohort, index, criterion)
        for cohort, criteria in lists
        for index, criterion in enumerate(criteria)
    ]


# --- which criterion became which ------------------------------------------------------------------


def _identical(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    return _same_node_in_list(old, new) and old.annotations == new.annotations


def _same_node_in_list(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    return old.list == new.list and old.criterion.node == new.criterion.node


def _same_node(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    """In any list. All criteria that ask nothing have the same node, so they never match across lists."""
    return old.criterion.node == new.criterion.node and bool(subjects(new.criterion.node))


def _same_label(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    before, after = old.criterion.label, new.criterion.label
    return old.list == new.list and before is not None and before == after


def _same_bullets(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    before, after = old.criterion, new.criterion
    same = before.bullets == after.bullets and before.kind == after.kind
    return old.list == new.list and bool(before.bullets) and same


def _similar(old: PlacedCriterion, new: PlacedCriterion) -> bool:
    if old.list != new.list or subjects(old.criterion.node).isdisjoint(subjects(new.criterion.node)):
        return False
    return fuzz.ratio(_english(old), _english(new)) >= MIN_SIMILARITY


PAIRING_RULES: tuple[Callable[[PlacedCriterion, PlacedCriterion], bool], ...] = (
    _identical, _same_node_in_list, _same_node, _same_label, _same_bullets, _similar,
)  # fmt: skip
"""When an old and a new criterion count as the same, the most reliable rule first."""


def _paired(
    old: list[PlacedCriterion], new: list[PlacedCriterion]
) -> tuple[list[Pair], list[PlacedCriterion], list[PlacedCriterion]]:
    """Criteria in both versions as pairs, those only in the old one, and those only in the new one."""
    pairs: list[Pair] = []
    only_old, only_new = list(old), list(new)
    for same in PAIRING_RULES:
        for before in only_old.copy():
            after = next((candidate for candidate in only_new if same(before, candidate)), None)
            if after is not None:
                only_old.remove(before)
                only_new.remove(after)
                pairs.append((before, after))
    pairs.sort(key=lambda pair: (pair[1].cohort, pair[1].criterion.role == "exclude", pair[1].index))
    return pairs, only_old, only_new


def _reordered(pairs: Sequence[Pair]) -> list[Pair]:
    """The fewest pairs within a list that must move to bring the others into their new order."""
    by_list: dict[tuple[str, str], list[Pair]] = {}
    for old, new in pairs:
        if old.list == new.list:
            by_list.setdefault(new.list, []).append((old, new))
    return [pair for in_list in by_list.values() for pair in _outside_longest_run(in_list)]


def _outside_longest_run(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs outside a longest subsequence whose old indexes rise (patience sorting)."""
    tails: list[int] = []
    lengths = []
    for old, _ in pairs:
        length = bisect_left(tails, old.index)
        tails[length : length + 1] = [old.index]
        lengths.append(length)
    wanted = len(tails) - 1
    outside = []
    for pair, length in reversed(list(zip(pairs, lengths, strict=True))):
        if length == wanted:
            wanted -= 1
        else:
            outside.append(pair)
    return outside


def _pair_changes(pair: Pair, reordered: bool) -> Iterator[TrialChange]:
    old, new = pair
    path = new.criterion.path
    if old.list != new.list or reordered:
        yield TrialChange("moved", path, old.criterion.path, path, old, new)
    if old.criterion.node != new.criterion.node:
        before, after = _english(old), _english(new)
        remark = " (the same words, but another meaning)" if before == after else ""
        yield TrialChange("changed", path, before, after + remark, old, new)
    if old.annotations != new.annotations:
        yield TrialChange("reworded", path, _annotation_text(old), _annotation_text(new), old, new)


def _english(placed: PlacedCriterion) -> str:
    return describe(placed.criterion.node, WORDS)


def _annotation_text(placed: PlacedCriterion) -> str:
    """The curator's annotations, each with its key."""
    label, note, quality, bullets = placed.annotations
    values = {"label": label, "note": note, "source_quality": quality, "bullet": ", ".join(bullets)}
    return "; ".join(f"{key}: {value}" for key, value in values.items() if value)
