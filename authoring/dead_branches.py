"""Finds parts of a criterion group that never decide: parts nobody can meet, and parts implied by another part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authoring.contradictory_criteria import MAX_PAIRS, is_met, satisfiable
from matching.nodes import TruthNode
from matching.solver.conditions import Formula, WantedOutcome, conditions
from matching.solver.satisfiable import ProofSearch
from matching.trial import Criterion, Trial
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import ANNOTATIONS, SUSPECT_QUALITIES, CriterionContext, read_criterion
from schemas.inputs.faults import Fault

MAX_PARTS = 100
"""Parts of one group that are compared with each other."""

LIST_KINDS = ("all", "any", "at_least")


@dataclass(frozen=True)
class GroupPart:
    """One part of a group as written, with its path and node.

    `role` is the key it is under: `of` in a list, `criterion` below `not`, `if`, `then` or `else`.
    """

    role: str
    path: str
    written: Mapping[str, Any]
    node: TruthNode

    @property
    def suspect(self) -> bool:
        """Whether the curator marked that the source itself is peculiar here."""
        return self.written.get("source_quality") in SUSPECT_QUALITIES


def dead_branches(search: ProofSearch, trial: Trial, written: Mapping[str, Any]) -> Iterator[Fault]:
    """Every group part of the trial that decides nothing. `written` is the YAML of the trial."""
    scopes = [("", written, trial.criteria, trial.criteria)]
    for index, cohort in enumerate(trial.cohorts):
        in_force = (*trial.criteria, *cohort.criteria)
        scopes.append((f"cohorts[{index}]", written["cohorts"][index], cohort.criteria, in_force))
    for scope_path, scope, criteria, in_force in scopes:
        context = satisfiable(search, in_force)
        if len(context) ** 2 > MAX_PAIRS or not search.possible(*map(is_met, context)):
            context = []  # a contradiction is reported by itself
        for criterion in criteria:
            others = tuple(is_met(other) for other in context if other is not criterion)
            assumed = others if criterion.role == "include" else ()
            yield from _in_group(search, _written(criterion, scope_path, scope), criterion.path, assumed)


def _written(criterion: Criterion, scope_path: str, scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """The YAML of a criterion."""
    role, _, index = criterion.path.removeprefix(f"{scope_path}.").rstrip("]").partition("[")
    found: Mapping[str, Any] = scope[role][int(index)]
    return found


def _in_group(
    search: ProofSearch, written: Mapping[str, Any], path: str, assumed: tuple[Formula, ...]
) -> Iterator[Fault]:
    """The dead parts of a group and of the groups in it.

    `assumed`: what the rest of the trial requires, so it is true of every patient for whom the group matters.
    """
    kind, parts = _kind_of(written), _parts_of(written, CriterionContext(path, packaged_definitions().node))
    if kind == "when":
        yield from _never_reached(search, parts, assumed)
    elif kind in ("any", "at_least"):
        yield from _never_met(search, parts, assumed)
    if kind == "any":
        yield from _redundant(search, parts)
    for part in parts:
        yield from _in_group(search, part.written, part.path, _assumed_in(kind, part, parts, assumed))


def _assumed_in(
    kind: str, part: GroupPart, parts: Sequence[GroupPart], assumed: tuple[Formula, ...]
) -> tuple[Formula, ...]:
    """What can be assumed inside a part; nothing below a negation, where meeting the part does not help."""
    match kind, part.role:
        case "all", _:
            return (*assumed, *(conditions(other.node, WantedOutcome.TRUE) for other in parts if other is not part))
        case "not", _:
            return ()
        case "when", "then":
            return (*assumed, conditions(parts[0].node, WantedOutcome.TRUE))
        case "when", "else":
            return (*assumed, conditions(parts[0].node, WantedOutcome.FALSE))
        case _:
            return assumed


def _never_reached(search: ProofSearch, parts: Sequence[GroupPart], assumed: tuple[Formula, ...]) -> Iterator[Fault]:
    condition, then, *otherwise = parts
    if not search.can_be(condition.node, WantedOutcome.TRUE, *assumed):
        yield Fault(then.path, "never reached: no patient who meets the rest of the trial fulfils the condition")
    elif not search.can_be(condition.node, WantedOutcome.FALSE, *assumed):
        reason = "every patient who meets the rest of the trial fulfils the condition"
        path = otherwise[0].path if otherwise else condition.path
        yield Fault(path, f"never reached: {reason}" if otherwise else f"decides nothing: {reason}")


def _never_met(search: ProofSearch, parts: Sequence[GroupPart], assumed: tuple[Formula, ...]) -> Iterator[Fault]:
    for part in parts:
        if part.suspect:
            continue
        if not search.can_be(part.node, WantedOutcome.TRUE):
            yield Fault(part.path, "no patient can meet this branch")
        elif not search.can_be(part.node, WantedOutcome.TRUE, *assumed):
            yield Fault(part.path, "no patient who meets the rest of the trial can meet this branch")


def _redundant(search: ProofSearch, parts: Sequence[GroupPart]) -> Iterator[Fault]:
    """Branches that are met only where another branch is; of two identical ones, the last."""
    if len(parts) > MAX_PARTS:
        return
    needed = [part for part in parts if search.can_be(part.node, WantedOutcome.TRUE)]
    for part in reversed(needed.copy()):
        others = [other for other in needed if other is not part]
        unmet = (conditions(other.node, WantedOutcome.NOT_TRUE) for other in others)
        if others and not part.suspect and not search.can_be(part.node, WantedOutcome.TRUE, *unmet):
            needed.remove(part)
            yield Fault(part.path, "this branch decides nothing: every patient who meets it also meets another branch")


# --- the parts of a group as written ---------------------------------------------------------------


def _kind_of(written: Mapping[str, Any]) -> str:
    """The kind of a criterion that was read without fault."""
    return next(key for key in written if key not in ANNOTATIONS)


def _parts_of(written: Mapping[str, Any], context: CriterionContext) -> tuple[GroupPart, ...]:
    """The criteria directly below a group; empty for every other kind."""
    kind = _kind_of(written)
    found = _written_parts(kind, written[kind], context.at(kind))
    return tuple(GroupPart(role, place.path, part, read_criterion(part, place).node) for role, part, place in found)


def _written_parts(kind: str, body: Any, context: CriterionContext) -> Iterator[tuple[str, Any, CriterionContext]]:
    if kind in LIST_KINDS:
        listed = body["of"] if isinstance(body, Mapping) else body
        place = context.at("of") if kind == "at_least" else context
        yield from (("of", part, place.at(index)) for index, part in enumerate(listed))
    elif kind == "not":
        yield "criterion", body, context
    elif kind == "when":
        yield from ((role, body[role], context.at(role)) for role in ("if", "then", "else") if role in body)
