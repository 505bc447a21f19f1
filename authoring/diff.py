"""What changed between two versions of a trial, criterion by criterion, and which patients that would move."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rapidfuzz import fuzz

from authoring.lint import touched
from matching import nodes as c
from matching.columnar import evaluate
from matching.describe import describe
from matching.trial import Criterion, Trial
from matching.truth import Truth, Truths
from matching.verdict import VERDICT_OF
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import program_of
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of

What: TypeAlias = Literal["head", "added", "removed", "changed", "reworded", "moved"]
ALIKE = 50.0
"""From this likeness (percent of the English, by rapidfuzz) two lines on the same facts count as one that changed."""


@dataclass(frozen=True)
class LinePlace:
    """A line and the list it stands in: that of the trial or of a cohort, of inclusions or exclusions."""

    cohort: str
    number: int
    line: Criterion

    @property
    def list(self) -> tuple[str, str]:
        """What tells the lists of a trial apart: a cohort keeps its id when others come before it."""
        return self.cohort, self.line.role

    @property
    def words(self) -> tuple[Any, ...]:
        """What the curator says beside the criterion."""
        return self.line.label, self.line.note, self.line.source_quality, self.line.bullets


Pair: TypeAlias = tuple[LinePlace, LinePlace]


@dataclass(frozen=True)
class TrialChange:
    """One difference. A line that was added has no `before`, one that was removed no `after`."""

    what: What
    path: str
    before: str = ""
    after: str = ""
    old: LinePlace | None = None
    new: LinePlace | None = None


@dataclass(frozen=True)
class VerdictChange:
    """A patient whose verdict or cohorts change; `because` are the places of the lines that do it."""

    patient: str
    before: str
    after: str
    cohorts_before: tuple[str, ...]
    cohorts_after: tuple[str, ...]
    because: tuple[str, ...]


def trial_diff(old: Trial, new: Trial) -> list[TrialChange]:
    """Every difference of head, cohorts and criteria; what only stands at another number is no difference."""
    pairs, gone, come = _matched(_places(old), _places(new))
    out_of_order = _out_of_order(pairs)
    of_pairs = (change for pair in pairs for change in _between(pair, pair in out_of_order))
    removed = (TrialChange("removed", one.line.path, before=text_of(one.line), old=one) for one in gone)
    added = (TrialChange("added", one.line.path, after=text_of(one.line), new=one) for one in come)
    return [*_heads(old, new), *of_pairs, *removed, *added]


def _heads(old: Trial, new: Trial) -> Iterator[TrialChange]:
    for name in ("id", "title", "phase", "status", "status_seen", "source", "completeness"):
        before, after = (_told(getattr(trial, name)) for trial in (old, new))
        if before != after:
            yield TrialChange("head", name, before, after)
    earlier, later = ({cohort.id: cohort.title for cohort in trial.cohorts} for trial in (old, new))
    for name in dict.fromkeys([*earlier, *later]):
        before, after = earlier.get(name, ""), later.get(name, "")
        if before != after:
            yield TrialChange("head", f"cohort {name}", before, after)


def _told(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _places(trial: Trial) -> list[LinePlace]:
    holders: list[tuple[str, Sequence[Criterion]]] = [("", trial.criteria)]
    holders += [(cohort.id, cohort.criteria) for cohort in trial.cohorts]
    return [LinePlace(cohort, number, line) for cohort, lines in holders for number, line in enumerate(lines)]


# --- which line became which -----------------------------------------------------------------------


def _same_line(old: LinePlace, new: LinePlace) -> bool:
    return old.list == new.list and old.line.node == new.line.node and old.words == new.words


def _same_node_here(old: LinePlace, new: LinePlace) -> bool:
    return old.list == new.list and old.line.node == new.line.node


def _same_node(old: LinePlace, new: LinePlace) -> bool:
    """A question without facts is the same elsewhere only if it asks something."""
    return old.line.node == new.line.node and bool(touched(new.line.node))


def _same_label(old: LinePlace, new: LinePlace) -> bool:
    return old.list == new.list and old.line.label is not None and old.line.label == new.line.label


def _same_bullets(old: LinePlace, new: LinePlace) -> bool:
    same = old.line.bullets == new.line.bullets and old.line.kind == new.line.kind
    return old.list == new.list and bool(old.line.bullets) and same


def _alike(old: LinePlace, new: LinePlace) -> bool:
    if old.list != new.list or touched(old.line.node).isdisjoint(touched(new.line.node)):
        return False
    return fuzz.ratio(_english(old), _english(new)) >= ALIKE


SIGNS: tuple[Callable[[LinePlace, LinePlace], bool], ...] = (
    _same_line, _same_node_here, _same_node, _same_label, _same_bullets, _alike,
)  # fmt: skip
"""What makes two lines one, the surest sign first."""


def _matched(old: list[LinePlace], new: list[LinePlace]) -> tuple[list[Pair], list[LinePlace], list[LinePlace]]:
    """Lines that are one, those that are gone, and those that came."""
    pairs: list[Pair] = []
    gone, come = list(old), list(new)
    for sign in SIGNS:
        for one in gone.copy():
            found = next((other for other in come if sign(one, other)), None)
            if found is not None:
                gone.remove(one)
                come.remove(found)
                pairs.append((one, found))
    pairs.sort(key=lambda pair: (pair[1].cohort, pair[1].line.role == "exclude", pair[1].number))
    return pairs, gone, come


def _out_of_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Of the lines that stayed in their list, the fewest that must move to bring the others into their new order."""
    by_list: dict[tuple[str, str], list[Pair]] = {}
    for old, new in pairs:
        if old.list == new.list:
            by_list.setdefault(new.list, []).append((old, new))
    return [pair for stayed in by_list.values() for pair in _strays(stayed)]


def _strays(stayed: Sequence[Pair]) -> list[Pair]:
    """Those outside a longest run of pairs whose old numbers rise."""
    tails: list[int] = []
    lengths = []
    for old, _ in stayed:
        place = bisect_left(tails, old.number)
        tails[place : place + 1] = [old.number]
        lengths.append(place)
    wanted = len(tails) - 1
    strays = []
    for pair, length in reversed(list(zip(stayed, lengths, strict=True))):
        if length == wanted:
            wanted -= 1
        else:
            strays.append(pair)
    return strays


def _between(pair: Pair, out_of_order: bool) -> Iterator[TrialChange]:
    old, new = pair
    if old.list != new.list or out_of_order:
        yield TrialChange("moved", new.line.path, old.line.path, new.line.path, old, new)
    if old.line.node != new.line.node:
        before, after = _english(old), _english(new)
        same = " (the same in English, and not in meaning)" if before == after else ""
        yield TrialChange("changed", new.line.path, before, after + same, old, new)
    if old.words != new.words:
        yield TrialChange("reworded", new.line.path, _spoken(old), _spoken(new), old, new)


def _english(place: LinePlace) -> str:
    return describe(place.line.node, WORDS)


def _spoken(place: LinePlace) -> str:
    """The curator's words, each named."""
    label, note, quality, bullets = place.words
    told = {"label": label, "note": note, "source_quality": quality, "bullet": ", ".join(bullets)}
    return "; ".join(f"{name}: {value}" for name, value in told.items() if value)


# --- which patients that moves ---------------------------------------------------------------------


def shifts(old: Trial, new: Trial, patients: Sequence[Patient]) -> list[VerdictChange]:
    """The patients whose verdict or fitting cohorts differ between the versions, and the lines that make it so.

    Only what the two versions ask is computed, for all patients at once. Patients are told by their reference.
    """
    changes = [one for one in trial_diff(old, new) if one.what in ("added", "removed", "changed", "moved")]
    read = _VersionTruths(patients, old, new)
    out = []
    for row, patient in enumerate(patients):
        before, after = read.outcome(old, row), read.outcome(new, row)
        if before != after:
            because = dict.fromkeys(change.path for change in changes if read.differs(change, row))
            out.append(VerdictChange(patient["patient_ref"], before[0], after[0], before[1], after[1], tuple(because)))
    return out


class _VersionTruths:
    """The truth of both versions and all their lines for every patient."""

    def __init__(self, patients: Sequence[Patient], old: Trial, new: Trial) -> None:
        nodes = tuple(dict.fromkeys(node for trial in (old, new) for node in _read_of(trial)))
        truths = evaluate(program_of(nodes), cohort_of(patients)) if patients else ()
        self._rows: dict[c.TruthNode, Truths] = dict(zip(nodes, truths, strict=False))

    def outcome(self, trial: Trial, row: int) -> tuple[str, tuple[str, ...]]:
        """The verdict, and the cohorts that have it: none fits an ineligible patient."""
        truth = self._of(trial.requirement, row)
        common = min((self._of(line.requirement, row) for line in trial.criteria), default=Truth.TRUE)
        fitting = (cohort for cohort in trial.cohorts if min(common, self._of(cohort.requirement, row)) == truth)
        return VERDICT_OF[truth], tuple(cohort.id for cohort in fitting if truth != Truth.FALSE)

    def differs(self, change: TrialChange, row: int) -> bool:
        """Whether the line stands otherwise than before; one that is not there stands in nobody's way."""
        before, after = (self._stands(one, row) for one in (change.old, change.new))
        elsewhere = change.old is not None and change.new is not None and change.old.list != change.new.list
        return before != after or elsewhere

    def _stands(self, place: LinePlace | None, row: int) -> Truth:
        return Truth.TRUE if place is None else self._of(place.line.requirement, row)

    def _of(self, node: c.TruthNode, row: int) -> Truth:
        return Truth(int(self._rows[node][row]))


def _read_of(trial: Trial) -> Iterator[c.TruthNode]:
    yield trial.requirement
    yield from (line.requirement for line in trial.all_criteria())
    yield from (cohort.requirement for cohort in trial.cohorts)


# --- as JSON ---------------------------------------------------------------------------------------


def change_card(change: TrialChange) -> dict[str, str]:
    """A change for programs."""
    return {"what": change.what, "path": change.path, "before": change.before, "after": change.after}


def shift_card(shift: VerdictChange) -> dict[str, Any]:
    """A shift for programs."""
    return {
        "patient": shift.patient,
        "before": shift.before,
        "after": shift.after,
        "cohorts_before": list(shift.cohorts_before),
        "cohorts_after": list(shift.cohorts_after),
        "because": list(shift.because),
    }
