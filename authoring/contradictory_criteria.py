"""Finds criteria of one trial that contradict or repeat each other."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from matching import nodes as c
from matching.solver.conditions import Formula, WantedOutcome, conditions
from matching.solver.satisfiable import ProofSearch
from matching.trial import Criterion
from schemas.criteria.language import SUSPECT_QUALITIES
from schemas.inputs.faults import Fault
from schemas.trials.trial_file import text_of

MAX_PAIRS = 20_000
"""Upper bound of the pairwise comparisons: about 200 criteria; the largest packaged trial has under 60."""


def is_met(criterion: Criterion) -> Formula:
    """The condition that the criterion is met."""
    return conditions(criterion.written_requirement, WantedOutcome.TRUE)


def satisfiable(search: ProofSearch, criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria that some patient can meet: an impossible criterion contradicts every other."""
    return [criterion for criterion in criteria if search.possible(is_met(criterion))]


def is_suspect(criterion: Criterion) -> bool:
    """Whether the curator marked that the source itself is peculiar here: warnings are silenced, errors are not."""
    return criterion.source_quality in SUSPECT_QUALITIES


def _pairs(common: Sequence[Criterion], own: Sequence[Criterion]) -> list[tuple[Criterion, Criterion]]:
    """Pairs of criteria about a common subject; the second of a pair is always one of `own`."""
    if len(own) * (len(common) + len(own)) > MAX_PAIRS:
        return []
    pairs = [*((first, second) for first in common for second in own), *combinations(own, 2)]
    return [(first, second) for first, second in pairs if not subjects(first.node).isdisjoint(subjects(second.node))]


@lru_cache(maxsize=8192)
def subjects(node: c.Node) -> frozenset[str]:
    """The facts, lists and questions that a criterion asks for."""
    below = frozenset[str]().union(*(subjects(child) for child in c.children(node)))
    match node:
        case c.Among(fact, _, _) | c.IsYes(fact) | c.Fact(fact):
            return below | {fact}
        case c.Records(table, _, _):
            return below | {table}
        case c.Confirm(question, _):
            return frozenset({f"? {question}"} if question else ())
        case _:
            return below


# --- contradictions --------------------------------------------------------------------------------


def contradictions(
    search: ProofSearch, common: Sequence[Criterion], own: Sequence[Criterion], common_satisfiable: bool = True
) -> Iterator[Fault]:
    """Criteria of `own` that no patient can meet together with each other and with `common`.

    Pairs first, because they are the most specific; else the smallest larger contradiction.
    """
    pairs = [pair for pair in _pairs(common, own) if not search.possible(*map(is_met, pair))]
    reported = set[str]()
    for first, second in pairs:
        if second.path not in reported:
            reported.add(second.path)
            yield _contradiction([first, second])
    if common_satisfiable and not pairs and not search.possible(*map(is_met, (*common, *own))):
        yield _contradiction(_smallest_contradictory(search, (*common, *own)))


def _contradiction(criteria: Sequence[Criterion]) -> Fault:
    *others, last = criteria
    other_paths = " and ".join(other.path for other in others)
    with_trial = "cohorts[" in last.path and any("cohorts[" not in other.path for other in others)
    prefix = "contradicts the trial: " if with_trial else ""
    hint = "; ".join(text_of(other) for other in others)
    return Fault(last.path, f"{prefix}no patient can meet this and {other_paths}", hint)


def _smallest_contradictory(search: ProofSearch, criteria: Sequence[Criterion]) -> list[Criterion]:
    """A subset that still contradicts itself and loses the contradiction with any criterion removed."""
    needed = list(criteria)
    for criterion in criteria:
        fewer = [other for other in needed if other is not criterion]
        if not search.possible(*map(is_met, fewer)):
            needed = fewer
    return needed


# --- repetitions -----------------------------------------------------------------------------------


def repetitions(search: ProofSearch, common: Sequence[Criterion], own: Sequence[Criterion]) -> Iterator[Fault]:
    """Criteria of `own` that require the same as an earlier one or as one of `common`."""
    reported = set[str]()
    for first, second in _pairs(common, own):
        if second.path not in reported and _repeats(search, first, second):
            reported.add(second.path)
            same_role = first.role == second.role
            message = "a duplicate of" if same_role else f"this {_role_name(second)} repeats the {_role_name(first)}"
            yield Fault(second.path, f"{message} {first.path}", text_of(first))


def _role_name(criterion: Criterion) -> str:
    return "exclusion" if criterion.role == "exclude" else "inclusion"


def _repeats(search: ProofSearch, first: Criterion, second: Criterion) -> bool:
    """Whether the second criterion requires exactly the same, and not because the source prints it twice."""
    if first.bullets and second.bullets and set(first.bullets).isdisjoint(second.bullets):
        return False
    if is_suspect(first) or is_suspect(second) or subjects(first.node) != subjects(second.node):
        return False
    return all(
        not search.possible(
            conditions(criterion.written_requirement, outcome), conditions(other.written_requirement, denial)
        )
        for criterion, other in ((first, second), (second, first))
        for outcome, denial in (
            (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE),
            (WantedOutcome.FALSE, WantedOutcome.NOT_FALSE),
        )
    )
