"""What is wrong with the sense of a trial that reads without fault: what nobody can meet, and what decides nothing.

Every finding is a proof by `matching.solver.satisfiable`, which never raises a false alarm and may overlook something.
An error is a trial, cohort or criterion that no patient can meet. A warning is a line or branch that decides
nothing: it may be meant, so two lines for different bullets of the source, and what the curator marks as printed
so (`source_quality`), are let pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal, TypeAlias

from authoring.branch_lint import branch_faults
from authoring.branches import ODD_AS_PRINTED
from authoring.fact_domains import DeclaredDomains
from matching import nodes as c
from matching.solver.conditions import Formula, WantedOutcome, conditions
from matching.solver.satisfiable import Search
from matching.trial import Criterion, Trial
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import parse_trial, read_trial_file, text_of

Severity: TypeAlias = Literal["error", "warning"]
MAX_PAIRS = 20_000
"""Lines are compared two by two up to so many pairs: about 200 lines; the largest packaged trial has under 60."""


@dataclass(frozen=True)
class LintFinding:
    """One fault, and whether it makes the trial wrong or only odd."""

    severity: Severity
    fault: Fault

    def __str__(self) -> str:
        return str(Fault(self.fault.path, f"{self.severity}: {self.fault.message}", self.fault.hint,
                         self.fault.line, self.fault.file))  # fmt: skip


def lint(text: str, file: str) -> list[LintFinding]:
    """Everything that can be proved against the sense of a trial file, in the order of its lines.

    Raises: InputError for a file that cannot be read.
    """
    trial = parse_trial(text, file)
    source, _ = read_trial_file(text, file)
    search = Search(DeclaredDomains())
    found = [*_lines(search, trial), *_scopes(search, trial), *_branches(search, trial, source.data)]
    placed = [LintFinding(severity, _placed(fault, file, source.lines)) for severity, fault in dict.fromkeys(found)]
    return sorted(placed, key=lambda finding: finding.fault.line or 0)


Found: TypeAlias = tuple[Severity, Fault]


def _placed(fault: Fault, file: str, lines: Mapping[str, int]) -> Fault:
    return InputError([fault]).placed(file, lines).faults[0]


def _needs(criterion: Criterion) -> Formula:
    return conditions(criterion.requirement, WantedOutcome.TRUE)


# --- one line by itself ----------------------------------------------------------------------------


def _lines(search: Search, trial: Trial) -> Iterator[Found]:
    for line in trial.all_criteria():
        if not search.can_be(line.requirement, WantedOutcome.TRUE):
            said = "no patient can meet this" if line.role == "include" else "this excludes every patient"
            yield "error", Fault(line.path, said, text_of(line))
        elif _decides_nothing(
            search, line.node, WantedOutcome.TRUE if line.role == "exclude" else WantedOutcome.FALSE
        ) and not _odd(line):
            said = "every patient meets this" if line.role == "include" else "this excludes nobody"
            yield "warning", Fault(line.path, f"{said}, so it decides nothing", text_of(line))


def _decides_nothing(search: Search, node: c.TruthNode, decisive: WantedOutcome) -> bool:
    return not search.can_be(node, decisive)


def _odd(line: Criterion) -> bool:
    return line.source_quality in ODD_AS_PRINTED


# --- lines together --------------------------------------------------------------------------------


def _scopes(search: Search, trial: Trial) -> Iterator[Found]:
    """The trial's lines, then those of each cohort beside them."""
    common = _sound(search, trial.criteria)
    clash = list(_clashes(search, (), common))
    yield from clash
    yield from _repetitions(search, (), common)
    for cohort in trial.cohorts:
        own = _sound(search, cohort.criteria)
        yield from _clashes(search, common, own, fits=not clash)
        yield from _repetitions(search, common, own)


def _sound(search: Search, lines: Sequence[Criterion]) -> list[Criterion]:
    """Those that some patient meets: what nobody meets clashes with everything."""
    return [line for line in lines if search.possible(_needs(line))]


def _pairs(common: Sequence[Criterion], own: Sequence[Criterion]) -> list[tuple[Criterion, Criterion]]:
    """Two lines, of which the second is one's own, that ask for some fact in common."""
    if len(own) * (len(common) + len(own)) > MAX_PAIRS:
        return []
    pairs = [*((one, other) for one in common for other in own), *combinations(own, 2)]
    return [(one, other) for one, other in pairs if not touched(one.node).isdisjoint(touched(other.node))]


def _clashes(
    search: Search, common: Sequence[Criterion], own: Sequence[Criterion], fits: bool = True
) -> Iterator[Found]:
    """Lines that no patient can meet together: pairs first, for they say most; `fits` if the common ones do."""
    pairs = [pair for pair in _pairs(common, own) if not search.possible(*map(_needs, pair))]
    told = set[str]()
    for first, second in pairs:
        if second.path not in told:
            told.add(second.path)
            yield "error", _clash([first, second])
    if fits and not pairs and not search.possible(*map(_needs, (*common, *own))):
        yield "error", _clash(_core(search, (*common, *own)))


def _clash(lines: Sequence[Criterion]) -> Fault:
    *others, last = lines
    named = " and ".join(line.path for line in others)
    cohort = "cohorts[" in last.path and any("cohorts[" not in line.path for line in others)
    where = "contradicts the trial: " if cohort else ""
    told = "; ".join(text_of(line) for line in others)
    return Fault(last.path, f"{where}no patient can meet this and {named}", told)


def _core(search: Search, lines: Sequence[Criterion]) -> list[Criterion]:
    """A smallest set of lines that still clash."""
    kept = list(lines)
    for line in lines:
        fewer = [one for one in kept if one is not line]
        if not search.possible(*map(_needs, fewer)):
            kept = fewer
    return kept


def _repetitions(search: Search, common: Sequence[Criterion], own: Sequence[Criterion]) -> Iterator[Found]:
    told = set[str]()
    for first, second in _pairs(common, own):
        if second.path not in told and _repeats(search, first, second):
            told.add(second.path)
            same = first.role == second.role
            said = "a duplicate of" if same else f"this {_noun(second)} repeats the {_noun(first)}"
            yield "warning", Fault(second.path, f"{said} {first.path}", text_of(first))


def _noun(line: Criterion) -> str:
    return "exclusion" if line.role == "exclude" else "inclusion"


def _repeats(search: Search, first: Criterion, second: Criterion) -> bool:
    """Whether the second line asks for just the same, and not because the source prints it twice."""
    if first.bullets and second.bullets and set(first.bullets).isdisjoint(second.bullets):
        return False
    if _odd(first) or _odd(second) or touched(first.node) != touched(second.node):
        return False
    return all(
        not search.possible(conditions(one.requirement, outcome), conditions(other.requirement, denial))
        for one, other in ((first, second), (second, first))
        for outcome, denial in (
            (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE),
            (WantedOutcome.FALSE, WantedOutcome.NOT_FALSE),
        )
    )


@lru_cache(maxsize=8192)
def touched(node: c.Node) -> frozenset[str]:
    """The facts, lists and questions that a criterion asks for."""
    below = frozenset[str]().union(*(touched(child) for child in c.children(node)))
    match node:
        case c.Among(fact, _, _) | c.Holds(fact) | c.Fact(fact):
            return below | {fact}
        case c.Records(table, _, _):
            return below | {table}
        case c.Confirm(question, _):
            return frozenset({f"? {question}"} if question else ())
        case _:
            return below


# --- branches of a group ---------------------------------------------------------------------------


def _branches(search: Search, trial: Trial, written: Mapping[str, Any]) -> Iterator[Found]:
    holders = [("", written, trial.criteria, trial.criteria)]
    for place, cohort in enumerate(trial.cohorts):
        beside = (*trial.criteria, *cohort.criteria)
        holders.append((f"cohorts[{place}]", written["cohorts"][place], cohort.criteria, beside))
    for above, holder, lines, beside in holders:
        sound = _sound(search, beside)
        if len(sound) ** 2 > MAX_PAIRS or not search.possible(*map(_needs, sound)):
            sound = []  # a clash is told elsewhere
        for line in lines:
            others = tuple(_needs(one) for one in sound if one is not line)
            for fault in branch_faults(
                search, _raw(line, above, holder), line.path, others if line.role == "include" else ()
            ):
                yield "warning", fault


def _raw(line: Criterion, above: str, holder: Mapping[str, Any]) -> Mapping[str, Any]:
    role, _, number = line.path.removeprefix(f"{above}.").rstrip("]").partition("[")
    raw: Mapping[str, Any] = holder[role][int(number)]
    return raw
