"""Contradictions: facts of one summary that cannot all be true, reported and never silently resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from matching import nodes as c
from matching.dependencies import PATIENT, ReadFrom, joins
from matching.explain import Explainer
from matching.interval import EVERYTHING
from schemas.inputs.faults import Fault, InputError
from schemas.summary import combined_facts as facts
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient, load_patient


@dataclass(frozen=True)
class Contradiction:
    """A fact whose sources disagree. `paths` are where they stand."""

    fact: str
    sources: tuple[str, ...]
    paths: tuple[str, ...]


@cache
def watched() -> tuple[c.TruthNode, ...]:
    """What every summary is checked for: each fact that has several sources."""
    numbers = (
        facts.CUMULATIVE_ACTIVITY, facts.NUMBER_OF_COURSES, facts.SINCE_LAST_COURSE, facts.NUMBER_OF_LESIONS,
        facts.LARGEST_LESION, facts.SINCE_PROGRESSION, facts.NUMBER_OF_LUNG_NODULES,
    )  # fmt: skip
    wrapped = tuple(c.Within(number, EVERYTHING, EVERYTHING) for number in numbers)
    of_lesions = c.Exists(c.Records(facts.LESIONS, facts.LESION_PROGRESSED))
    return (*wrapped, facts.RADIOIODINE_RECEIVED, facts.PROGRESSED, of_lesions, facts.metastatic())


def accept_patient(data: object) -> Patient:
    """A summary as it is submitted: readable, and free of contradictions.

    Raises: InputError with the JSON path of every fault.
    """
    patient = load_patient(data)
    if faults := contradictions_of(patient):
        raise InputError(faults)
    return patient


def contradictions_of(patient: Patient) -> list[Fault]:
    """The contradictions within one summary, as faults at the first place of each."""
    return [
        Fault(found.fact, f"contradicts {' and '.join(found.paths[1:])}", "mend one of them, or leave it out")
        for found in contradictions(explainer_for(patient), watched())
    ]


def contradictions(reader: Explainer, roots: tuple[c.TruthNode, ...]) -> list[Contradiction]:
    """Every disagreement between the sources of a fact that these criteria read.

    Unknown: a fact whose sources disagree, save that a stated judgement goes before a derived answer.
    """
    each = (found for node, scope in joins(roots) for found in _of(reader, node, scope))
    return list(dict.fromkeys(each))


def _of(reader: Explainer, node: c.Node, scope: str | None) -> Sequence[Contradiction]:
    """Those of one node; looked for once for all patients who are alike in what it reads."""
    like = reader.alike(node) if scope is None else None
    if like is None:
        places = (ReadFrom(scope, row) for row in range(reader.rows(scope)))
        return [found for place in places for found in _at(reader, node, place)]
    known: Sequence[Contradiction] | None = like.told.get(node)
    if known is None:
        known = like.told[node] = list(_at(like, node, PATIENT))
    return known


def _at(reader: Explainer, node: c.Node, place: ReadFrom) -> Iterator[Contradiction]:
    match node:
        case c.Narrowed(sources):
            known = [reader.number(source, place) for source in sources]
            if max(one.lo for one in known) > min(one.hi for one in known):
                yield _contradiction(sources, [reader.sum_of(source, place) for source in sources], place)
        case c.Agreed(sources):
            yield from _disagree(reader, sources, place)
        case c.Preferred(first, otherwise):
            yield from _disagree(reader, (first, otherwise), place)


def _disagree(reader: Explainer, sources: tuple[c.TruthNode, ...], place: ReadFrom) -> Iterator[Contradiction]:
    truths = [reader.truth(source, place) for source in sources]
    if min(truths) < 0 < max(truths):
        told = ["; ".join(reader.explain(source, place).observed) for source in sources]
        yield _contradiction(sources, told, place)


def _contradiction(sources: Sequence[c.Node], told: Sequence[str], place: ReadFrom) -> Contradiction:
    paths = tuple(dict.fromkeys(_path(source, place) for source in sources))
    return Contradiction(paths[0], tuple(told), paths)


def _path(source: c.Node, place: ReadFrom) -> str:
    """The fact or list that a source reads first."""
    for node in c.walk(source):
        match node:
            case c.Fact(path) | c.Holds(path) | c.Among(path, _, _):
                return place.path(path)
            case c.Records(table, _, _):
                return table
            case _:
                continue
    return ""
