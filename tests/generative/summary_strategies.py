"""Hypothesis strategies for real patient summaries, derived from the declaration of facts.

A drawn summary is not written yet: quantities are exact amounts in canonical units, and a code means all its synonyms.
`tests.generative.written_summaries` writes it as the JSON that a client sends.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isinf
from typing import Any, TypeAlias

from hypothesis import strategies as st
from marshmallow import Schema

from matching import nodes as c
from schemas.summary.alteration import AlterationField
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import CodeField, FactField, TextField, YesNoField
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.sections import RecordsField, SectionField
from schemas.summary.units import Dimension
from schemas.summary.vocabulary import vocabularies
from tests.generative.real_criteria import every_criterion

Summary: TypeAlias = dict[str, Any]
MOST_RECORDS = 3
USUAL_END = {"MBq": 40_000, "days": 3_000, "mm": 60, "years": 95, "1": 8}
"""Largest values drawn for facts without thresholds, by canonical unit; beyond, trials no longer differ."""

ALTERATIONS: dict[str, list[tuple[str, ...]]] = {
    "BRAF": [
        ("p.Val600Glu", "V600E", "p.V600E", "c.1799T>A", "V600EBRAF", "BRAF V600E", "p.(Val600Glu)"),
        ("p.Val600Lys", "V600K", "p.V600K", "c.1798_1799delinsAA"),
        ("p.Lys601Glu", "K601E"),
    ],
    "NRAS": [("p.Gln61Arg", "Q61R", "c.182A>G"), ("p.Gly12Asp", "G12D"), ("p.Gly10dup",)],
    "HRAS": [("p.Gln61Lys", "Q61K", "c.181C>A")],
    "KRAS": [("p.Gly12Cys", "G12C", "c.34G>T")],
    "RET": [("p.Met918Thr", "M918T", "c.2753T>C"), ("RET/PTC1", "CCDC6::RET", "CCDC6-RET")],
    "TERT": [("c.-124C>T", "C228T"), ("c.-146C>T", "C250T")],
    "TP53": [("p.Arg213Ter", "R213*", "p.Arg213*"), ("p.Arg273fs", "R273fs*32")],
}
"""Alterations by gene, each with its synonyms."""


@dataclass(frozen=True)
class Amount:
    """An exact quantity in canonical units; an open end excludes the bound, None means no bound."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class Year:
    """An unknown day of a year, relative to an unknown day of another."""

    year: int
    as_of: int


# --- what criteria ask for ------------------------------------------------------------------------


@cache
def asked_codes() -> Mapping[str, tuple[str, ...]]:
    """By path, the codes that decide any criterion."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in _all_nodes():
        if isinstance(node, c.Among):
            found[node.fact] |= node.codes | node.possible
    return {path: tuple(sorted(codes)) for path, codes in found.items()}


@cache
def asked_amounts() -> Mapping[str, tuple[Fraction, ...]]:
    """By path, the thresholds of all criteria."""
    found: dict[str, set[float]] = defaultdict(set)
    for node in _all_nodes():
        if isinstance(node, c.Within):
            ends = {node.inside.lo, node.inside.hi, node.possibly.lo, node.possibly.hi}
            for below in c.walk(node.number):
                path = getattr(below, "path", None) or getattr(below, "fact", None)
                found[path or ""] |= {end for end in ends if not isinf(end)}
    return {path: tuple(sorted(Fraction(str(round(end, 4))) for end in ends)) for path, ends in found.items()}


def _all_nodes() -> list[c.Node]:
    return [node for root in every_criterion() for node in c.walk(root)]


# --- facts ----------------------------------------------------------------------------------------


@st.composite
def amounts(draw: st.DrawFn, dimension: Dimension, path: str) -> Amount:
    """A point, a range, or a bound on one side; often exactly a threshold."""
    first, second = draw(_points(dimension, path)), draw(_points(dimension, path))
    low, high = min(first, second), max(first, second)
    apart = high - low > 2 * Fraction(dimension.step)
    can_open = low > Fraction(dimension.possible.lo) and (apart or low == high)
    forms = [Amount(first, first), Amount(first, first), Amount(low, high), Amount(low, None), Amount(None, high)]
    if can_open and high > low:
        forms += [Amount(low, None, low_open=True), Amount(None, low, high_open=True)]
        forms += [Amount(low, high, low_open=True), Amount(low, high, high_open=True), Amount(low, high, True, True)]
    return forms[draw(CHOICES) % len(forms)]


CHOICES = st.integers(0, 5039)
"""Divides evenly by any number of forms; a new strategy for each choice would take most of the time."""


@cache
def _points(dimension: Dimension, path: str) -> st.SearchStrategy[Fraction]:
    """Possible values that can be written with few decimals in the canonical unit."""
    low, high = dimension.possible.lo, dimension.possible.hi
    end = int(min(USUAL_END.get(dimension.canonical, 200), high))
    whole = st.integers(int(low), end).map(Fraction)
    thresholds = [threshold for threshold in asked_amounts().get(path, ()) if low <= threshold <= high]
    near = st.sampled_from(thresholds or [Fraction(end)])
    if dimension.counting:
        return st.one_of(whole, near.map(lambda threshold: Fraction(round(threshold))))
    tenths = st.integers(int(low) * 10, end * 10).map(lambda number: Fraction(number, 10))
    return st.one_of(whole, tenths, near, near)


def facts(field: FactField, path: str) -> st.SearchStrategy[Any]:
    """The values of a declared fact."""
    match field:
        case YesNoField():
            return st.booleans()
        case CodeField():
            asked = asked_codes().get(path, ())
            every = st.sampled_from(sorted(field.vocabulary.terms))
            return st.one_of(every, st.sampled_from(asked)) if asked else every
        case AgoField():
            return st.one_of(amounts(field.dimension, path), years())
        case QuantityField():
            return amounts(field.dimension, path)
        case TextField():
            return st.just("P-1")
        case _:
            raise TypeError(f"no strategy for {type(field).__name__}")


def years() -> st.SearchStrategy[Year]:
    return st.integers(2015, 2026).map(lambda year: Year(year, 2026))


# --- records and sections -------------------------------------------------------------------------


@cache
def sections(schema: Schema, path: str = "") -> st.SearchStrategy[Summary]:
    """The facts of a section, in any combination."""
    return _some_facts(schema, path)


@st.composite
def _some_facts(draw: st.DrawFn, schema: Schema, path: str) -> Summary:
    """The required facts and a subset of the others, in a single draw: one for each fact would be slow."""
    required, optional = _declared(schema, path)
    chosen = draw(_subsets(len(optional)))
    if draw(st.booleans()):
        chosen &= draw(_subsets(len(optional)))
    chosen_facts = {name: strategy for bit, (name, strategy) in enumerate(optional.items()) if chosen >> bit & 1}
    return {name: draw(strategy) for name, strategy in {**required, **chosen_facts}.items()}


@cache
def _subsets(size: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**size - 1)


@cache
def _declared(schema: Schema, path: str) -> tuple[dict[str, st.SearchStrategy[Any]], ...]:
    """The required and the optional facts of a section."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in schema.fields.items():
        below = f"{path}.{name}" if path else name
        if isinstance(field, SectionField):
            optional[name] = sections(field.schema, below)
        elif isinstance(field, RecordsField):
            optional[name] = lists(field, below)
        elif isinstance(field, FactField) and not isinstance(field, LabValueField | AlterationField):
            (required if field.required else optional)[name] = facts(field, below)
    return required, optional


@cache
def lists(field: RecordsField, path: str) -> st.SearchStrategy[list[Summary]]:
    """A few records; a condition or an analyte is listed only once."""
    records = sections(field.schema, path)
    if path == "labs":
        return st.lists(labs(records), max_size=MOST_RECORDS, unique_by=lambda record: record["analyte"])
    if path == "genomics.variants":
        return st.lists(variants(records), max_size=MOST_RECORDS)
    if path == "conditions":
        return st.lists(records, max_size=MOST_RECORDS).map(_unrelated)
    return st.lists(records, max_size=MOST_RECORDS)


def _unrelated(records: list[Summary]) -> list[Summary]:
    """A group of conditions includes its members: the list must not repeat them."""
    terms = vocabularies()["condition"]
    kept: list[Summary] = []
    for record in records:
        code = record["condition"]
        others = [other["condition"] for other in kept]
        if not any(code in terms.below([other]) or other in terms.below([code]) for other in others):
            kept.append(record)
    return kept


@st.composite
def labs(draw: st.DrawFn, records: st.SearchStrategy[Summary]) -> Summary:
    """A value in units of its analyte; its multiple of the upper limit is reported or derived, not both."""
    record = draw(records)
    dimension = dimension_of(record["analyte"])
    for key in draw(st.sampled_from([(), ("value",), ("value", "upper_limit")])):
        record[key] = draw(amounts(dimension, "labs.value"))
    if "upper_limit" in record:
        record.pop("times_upper_limit", None)
    return record


@st.composite
def variants(draw: st.DrawFn, records: st.SearchStrategy[Summary]) -> Summary:
    """A variant with its name, or with what is known of it."""
    record = draw(records)
    record["gene"] = draw(st.sampled_from([record["gene"], "BRAF", "NRAS", *ALTERATIONS]))
    named = ALTERATIONS.get(record["gene"])
    if named and draw(st.booleans()):
        record["alteration"] = draw(st.sampled_from(named))[0]
        for follows in ("codon", "alteration_type", "fusion_partner"):
            record.pop(follows, None)
    if "fusion_partner" in record:
        record.pop("alteration_type", None)
    return record


def summaries() -> st.SearchStrategy[Summary]:
    """Any patient summary, including contradictory ones."""
    return st.deferred(lambda: sections(patient_schema()))


@cache
def patient_schema() -> Schema:
    """The declared facts, without the version of the form."""
    return PatientSchema(exclude=("schema",))
