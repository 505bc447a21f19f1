"""Finds contradictions: facts of one summary that cannot all be true. They are reported, never silently resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from matching import nodes as c
from matching.dependencies import PATIENT, Scope, belongs_to, joining_nodes
from matching.explain import Explainer
from matching.interval import EVERYTHING
from schemas.implications.closure import at_best, at_worst
from schemas.implications.rules import (
    FactConclusion,
    Implication,
    NoRecordConclusion,
    RecordConclusion,
    concluded_records,
    implications,
    reported,
)
from schemas.inputs.faults import Fault, InputError
from schemas.summary import combined_facts as facts
from schemas.summary.declared_facts import declared
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient, load_patient
from schemas.summary.fields import CORRECT_ONE


@dataclass(frozen=True)
class Contradiction:
    """A fact whose sources disagree, with the paths of the sources."""

    fact: str
    sources: tuple[str, ...]
    paths: tuple[str, ...]


@cache
def always_checked_nodes() -> tuple[c.TruthNode, ...]:
    """The facts with several sources, for which every summary is checked."""
    numbers = (
        facts.CUMULATIVE_ACTIVITY, facts.NUMBER_OF_COURSES, facts.SINCE_LAST_COURSE, facts.number_of_lesions(),
        facts.largest_lesion(), facts.SINCE_PROGRESSION, facts.number_of_lung_nodules(),
    )  # fmt: skip
    wrapped = tuple(c.Within(number, EVERYTHING, EVERYTHING) for number in numbers)
    return (*wrapped, *(_watch(row) for row in implications() if row.refuse))


def _watch(row: Implication) -> c.TruthNode:
    """The reported conclusion of an implication, and its premise as a second source of it."""
    match row.conclusion:
        case FactConclusion(path, value):
            leaf, follows = reported(path, value), at_worst if value is False else at_best
            both = c.Agreed((leaf, follows(row.premise)))
            table = next((table for table in declared().tables if belongs_to(path, table)), None)
            return c.Exists(c.Records(table, both)) if table else both
        case RecordConclusion() | NoRecordConclusion():
            follows = at_best if isinstance(row.conclusion, RecordConclusion) else at_worst
            return c.Agreed((c.Exists(concluded_records(row.conclusion)), follows(row.premise)))


def accept_patient(data: object) -> Patient:
    """Load a submitted summary and reject contradictions.

    Raises: InputError with the JSON path of every fault.
    """
    patient = load_patient(data)
    if faults := contradictions_of(patient):
        raise InputError(faults)
    return patient


def contradictions_of(patient: Patient) -> list[Fault]:
    """The contradictions within one summary, as faults at the first path of each."""
    return [
        Fault(found.fact, f"contradicts {' and '.join(found.paths[1:])}", CORRECT_ONE)
        for found in contradictions(explainer_for(patient), always_checked_nodes())
    ]


def contradictions(explainer: Explainer, roots: tuple[c.TruthNode, ...]) -> list[Contradiction]:
    """Every contradiction between the sources of a fact that these criteria read.

    Unknown: a fact whose sources contradict each other, except that a judgement takes precedence over derived facts.
    """
    found = (item for node, table in joining_nodes(roots) for item in _cached_contradictions(explainer, node, table))
    by_paths: dict[frozenset[str], Contradiction] = {}
    for contradiction in found:  # an implication and its converse are one contradiction
        by_paths.setdefault(frozenset(contradiction.paths), contradiction)
    return list(by_paths.values())


def _cached_contradictions(explainer: Explainer, node: c.Node, table: str | None) -> Sequence[Contradiction]:
    """The contradictions of one node; shared by all patients who have the same baseline for the node."""
    baseline = explainer.baseline_for(node) if table is None else None
    if baseline is None:
        return [found for scope in explainer.scopes(table) for found in _of_node(explainer, node, scope)]
    known: Sequence[Contradiction] | None = baseline.shared.get(node)
    if known is None:
        known = baseline.shared[node] = list(_of_node(baseline, node, PATIENT))
    return known


def _of_node(explainer: Explainer, node: c.Node, scope: Scope) -> Iterator[Contradiction]:
    match node:
        case c.Narrowed(sources):
            known = [explainer.number(source, scope) for source in sources]
            if max(number.lo for number in known) > min(number.hi for number in known):
                yield _contradiction(sources, [explainer.number_text(source, scope) for source in sources], scope)
        case c.Agreed(sources):
            yield from _disagree(explainer, sources, scope)
        case c.Preferred(first, otherwise) if otherwise != c.All(()):  # TRUE is an assumption, not a source
            yield from _disagree(explainer, (first, otherwise), scope)


def _disagree(explainer: Explainer, sources: tuple[c.TruthNode, ...], scope: Scope) -> Iterator[Contradiction]:
    truths = [explainer.truth(source, scope) for source in sources]
    if min(truths) < 0 < max(truths):
        texts = ["; ".join(explainer.explain(source, scope).observed) for source in sources]
        yield _contradiction(sources, texts, scope)


def _contradiction(sources: Sequence[c.Node], texts: Sequence[str], scope: Scope) -> Contradiction:
    paths = tuple(dict.fromkeys(_path(source, scope) for source in sources))
    return Contradiction(paths[0], tuple(texts), paths)


def _path(source: c.Node, scope: Scope) -> str:
    """The path of the first fact or list that a source reads."""
    for node in c.walk(source):
        match node:
            case c.Fact(path) | c.IsYes(path) | c.Among(path, _, _):
                return scope.path(path)
            case c.Records(table, _, _):
                return table
            case _:
                continue
    return ""
