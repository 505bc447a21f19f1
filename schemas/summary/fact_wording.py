"""The declared facts in English: labels, ranges in the units readers expect, and questions."""

from functools import cache, lru_cache
from math import inf, isinf
from string import Formatter

from matching import nodes as c
from matching.interval import Interval
from matching.patient_values import Plain, Values
from schemas.criteria.definitions import packaged_definitions
from schemas.summary.declared_facts import DeclaredFact, declared
from schemas.summary.fields import CodeField, FactField, Told, YesNoField
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import QuantityField, WithinField
from schemas.summary.sections import RecordsField
from schemas.summary.units import Dimension, days_in
from schemas.summary.vocabulary import vocabularies

READABLE_TIMES = ("years", "months", "weeks")
"""Units of time in which a whole number is shown, longest first; any other time is shown in days."""

LONG_TIME = 60.0
"""Days from which a time that is no whole number of months is still told in months."""


class SummaryWording:
    """The words of every fact that the patient summary declares."""

    def label(self, path: str) -> str:
        field = declared().field(path)
        return field.label if field else path

    def codes(self, path: str, codes: frozenset[str]) -> str:
        field = declared().field(path)
        return _terms(field.vocabulary_name, codes) if isinstance(field, CodeField) else " or ".join(sorted(codes))

    def range(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        dimension = _dimension(path, where)
        low, high = _lower(interval.lo, dimension), _upper(interval.hi, dimension)
        if interval.is_point:
            return f"= {_amount(interval.lo, dimension)}"
        return " and ".join(part for part in (low, high) if part) or "any"

    def value(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        dimension = _dimension(path, where)
        if interval.is_point:
            return _amount(interval.lo, dimension) if not isinf(interval.lo) else "none"
        possible = dimension.possible if dimension else Interval(0.0, inf)
        known = Interval(
            -inf if interval.lo <= possible.lo else interval.lo, inf if interval.hi >= possible.hi else interval.hi
        )
        text = self.range(path, known, where)
        return "not stated" if text == "any" else text

    def fact(self, path: str, stated: Plain) -> str:
        return f"{self.label(path)} {_cell(path, stated) or 'not stated'}"

    def one(self, table: str) -> str:
        return self._records(table).one

    def naming(self, table: str) -> str:
        return declared().tables[table].facts[0].path

    def default(self, path: str) -> object:
        field = declared().field(path)
        return field.default if field else None

    def record(self, table: str, stated: Values, fields: frozenset[str]) -> str:
        told = []
        for first, fact in _shown(table, fields):
            cell = _cell(fact.path, stated.get(fact.keys[0]))
            if cell and cell not in _silent(fact.field.default):
                told.append(_told(fact.field, cell, first))
        return ", ".join(told) or "nothing stated"

    def ask_fact(self, path: str) -> str:
        field = declared().field(path)
        return field.question if field else f"What is {path}?"

    def ask_record(self, table: str, field: str, place: int, record: str) -> str:
        declared_field = declared().field(f"{table}.{field}")
        label = declared_field.label if declared_field else field
        if isinstance(declared_field, YesNoField):
            return f"{self.one(table).capitalize()} {place + 1} ({record}): {label}?"
        return f"What is the {label} of {self.one(table)} {place + 1} ({record})?"

    def ask_list(self, table: str, where: c.TruthNode) -> str:
        return _ask_list(table, where)

    def told_by(self, path: str) -> tuple[str, ...]:
        return _told_by(path)

    def tells(self, path: str, other: str) -> Told:
        field = declared().field(path)
        return field.follows_from[other.rpartition(".")[2]] if field and other != path else None

    def only_at_most(self, path: str) -> bool:
        return isinstance(declared().field(path), WithinField)

    def completes(self, table: str) -> tuple[str, ...]:
        return _completes(table)

    def definition(self, name: str) -> str:
        return packaged_definitions().title(name)

    def _records(self, table: str) -> RecordsField:
        return declared().tables[table].field


@lru_cache(maxsize=1 << 14)
def _cell(path: str, stated: Plain) -> str:
    """What is stated, in words; nothing where it is unknown."""
    match stated:
        case bool():
            return "yes" if stated else "no"
        case str():
            return WORDS.codes(path, frozenset({stated}))
        case Interval():
            known = WORDS.value(path, stated)
            return "" if known == "not stated" else known
        case None:
            return ""


@lru_cache(maxsize=4096)
def _shown(table: str, fields: frozenset[str]) -> tuple[tuple[bool, DeclaredFact], ...]:
    """What is told of a record: the fact that names it, which comes first, and these."""
    facts = enumerate(declared().tables[table].facts)
    return tuple((place == 0, fact) for place, fact in facts if place == 0 or fact.keys[0] in fields)


@cache
def _told_by(path: str) -> tuple[str, ...]:
    field = declared().field(path)
    above = path.rpartition(".")[0]
    return (path, *(f"{above}.{name}" for name in field.follows_from)) if field else (path,)


@cache
def _completes(table: str) -> tuple[str, ...]:
    records, above = declared().tables[table].field, table.rpartition(".")[0]
    names = (name for name in (records.complete, records.counted_by) if name)
    return tuple(f"{above}.{name}" if above else name for name in names)


@lru_cache(maxsize=4096)
def _ask_list(table: str, where: c.TruthNode) -> str:
    question = declared().tables[table].field.question
    asked = {name for _, name, _, _ in Formatter().parse(question) if name}
    return question.format(**{name: _asked(f"{table}.{name}", where) for name in asked})


def _asked(path: str, where: c.TruthNode) -> str:
    """The terms that a filter asks of one field."""
    codes = [node.codes for node in c.walk(where) if isinstance(node, c.Among) and node.fact == path]
    return WORDS.codes(path, frozenset().union(*codes)) if codes else "any"


@lru_cache(maxsize=4096)
def _dimension(path: str, where: c.TruthNode | None = None) -> Dimension | None:
    """What a quantity is measured in; of a laboratory value, that of the analyte which the filter asks for."""
    field = declared().field(path)
    if isinstance(field, LabValueField) and where is not None:
        of = f"{path.rpartition('.')[0]}.analyte"
        analytes = [node.codes for node in c.walk(where) if isinstance(node, c.Among) and node.fact == of]
        known = [code for codes in analytes for code in codes if code in vocabularies()["analyte"].terms]
        return dimension_of(known[0]) if known else None
    return field.dimension if isinstance(field, QuantityField) else None


@lru_cache(maxsize=4096)
def _terms(vocabulary_name: str, codes: frozenset[str]) -> str:
    vocabulary = vocabularies()[vocabulary_name]
    if len(codes) == 1:
        return vocabulary.label_of(next(iter(codes)))
    top = [code for code in vocabulary.terms if code in codes and codes.isdisjoint(vocabulary.terms[code].parents)]
    return " or ".join(vocabulary.label_of(code) for code in top) or "none"


def _silent(default: object) -> tuple[str, ...]:
    """What a record need not say aloud: its defaults."""
    return () if default is None else ("yes",) if default is True else (str(default), f"{default}".replace("_", " "))


def _told(field: FactField, cell: str, first: bool) -> str:
    if isinstance(field, YesNoField):
        return field.label if cell == "yes" else f"not {field.label}"
    return cell if first or isinstance(field, CodeField) else f"{field.label} {cell}"


def _lower(value: float, dimension: Dimension | None) -> str:
    if isinf(value):
        return ""
    step = dimension.step if dimension else 1.0
    if step < 1.0 and _is_odd(value) and not _is_odd(value - step):
        return f"above {_amount(value - step, dimension)}"
    return f"at least {_amount(value, dimension)}"


def _upper(value: float, dimension: Dimension | None) -> str:
    if isinf(value):
        return ""
    step = dimension.step if dimension else 1.0
    if step < 1.0 and _is_odd(value) and not _is_odd(value + step):
        return f"below {_amount(value + step, dimension)}"
    return f"at most {_amount(value, dimension)}"


def _is_odd(value: float) -> bool:
    """Whether a grid value stands one step beside a number that people write (four decimals at most)."""
    return abs(round(value, 4) - value) > 2.0**-21


def _amount(value: float, dimension: Dimension | None) -> str:
    if dimension is None or dimension.counting or dimension.canonical == "1":
        return _number(value)
    if dimension.name == "time":
        return _time(value)
    if dimension.name == "activity":
        return f"{_number(value)} MBq ({_number(value / 37)} mCi)"
    return f"{_number(value)} {dimension.canonical}"


def _time(days: float) -> str:
    for unit in READABLE_TIMES:
        length = days_in(unit)
        if days and abs(days / length - round(days / length)) < 1e-5:
            return f"{_number(round(days / length))} {unit}"
    return f"{_number(days)} days" if days < LONG_TIME else f"{days / days_in('months'):.1f} months"


def _number(value: float) -> str:
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text or "0"


WORDS = SummaryWording()
