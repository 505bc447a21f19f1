"""Words the declared facts in English: labels, ranges in the units readers expect, and questions."""

from functools import cache, lru_cache
from math import inf, isinf
from string import Formatter

from matching import nodes as c
from matching.interval import Interval
from matching.patient_values import Plain, Values
from matching.wording import Implied
from schemas.criteria.definitions import packaged_definitions
from schemas.summary.declared_facts import DeclaredFact, declared
from schemas.summary.fields import CodeField, FactField, YesNoField
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import QuantityField, WithinField
from schemas.summary.units import Dimension, days_in
from schemas.summary.vocabulary import vocabularies

NOT_REPORTED = "not reported"

READABLE_TIMES = ("years", "months", "weeks")
"""Units of time in which a whole number is shown, longest first; any other time is shown in days."""

LONG_TIME = 60.0
"""Days from which a time that is not a whole number of months is shown in months."""


class SummaryWording:
    """`FactWording` for the facts that the patient summary declares."""

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
        return NOT_REPORTED if text == "any" else text

    def fact(self, path: str, value: Plain) -> str:
        return f"{self.label(path)} {_value_text(path, value) or NOT_REPORTED}"

    def singular(self, table: str) -> str:
        return declared().tables[table].field.singular

    def naming_fact(self, table: str) -> str:
        return declared().tables[table].facts[0].path

    def default(self, path: str) -> object:
        field = declared().field(path)
        return field.default if field else None

    def met_by_default(self, path: str, codes: frozenset[str]) -> bool:
        """Whether the default is the only accepted value, or may mean any term (significance not stated)."""
        field = declared().field(path)
        if not isinstance(field, CodeField) or field.default not in codes:
            return False
        return codes == frozenset({field.default}) or field.vocabulary.terms[field.default].undetermined

    def record(self, table: str, values: Values, fields: frozenset[str]) -> str:
        texts = []
        for is_name, fact in _shown_facts(table, fields):
            value = _value_text(fact.path, values.get(fact.keys[0]))
            if value and value not in _default_texts(fact.field.default):
                texts.append(_fact_text(fact.field, value, is_name))
        return ", ".join(texts) or "no details"

    def ask_fact(self, path: str) -> str:
        field = declared().field(path)
        return field.question if field else f"What is {path}?"

    def ask_record(self, table: str, field: str, row: int, record: str) -> str:
        declared_field = declared().field(f"{table}.{field}")
        question = declared_field.question if declared_field else f"what is the {field}?"
        return f"{self.singular(table).capitalize()} {row + 1} ({record}): {_lower_first(question)}"

    def ask_list(self, table: str, where: c.TruthNode) -> str:
        return _ask_list(table, where)

    def sources_of(self, path: str) -> tuple[str, ...]:
        return _sources_of(path)

    def implied_by(self, path: str, source: str) -> Implied:
        field = declared().field(path)
        return field.follows_from[source.rpartition(".")[2]] if field and source != path else None

    def only_at_most(self, path: str) -> bool:
        return isinstance(declared().field(path), WithinField)

    def completing_facts(self, table: str) -> tuple[str, ...]:
        return _completing_facts(table)

    def definition(self, name: str) -> str:
        return packaged_definitions().title(name)


@lru_cache(maxsize=1 << 14)
def _value_text(path: str, value: Plain) -> str:
    """The value in words; empty where it is unknown."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return WORDS.codes(path, frozenset({value}))
        case Interval():
            known = WORDS.value(path, value)
            return "" if known == NOT_REPORTED else known
        case None:
            return ""


@lru_cache(maxsize=4096)
def _shown_facts(table: str, fields: frozenset[str]) -> tuple[tuple[bool, DeclaredFact], ...]:
    """The facts shown of a record: the first fact, which names it, and these fields."""
    facts = enumerate(declared().tables[table].facts)
    return tuple((index == 0, fact) for index, fact in facts if index == 0 or fact.keys[0] in fields)


@cache
def _sources_of(path: str) -> tuple[str, ...]:
    field = declared().field(path)
    above = path.rpartition(".")[0]
    return (path, *(f"{above}.{name}" for name in field.follows_from)) if field else (path,)


@cache
def _completing_facts(table: str) -> tuple[str, ...]:
    records, above = declared().tables[table].field, table.rpartition(".")[0]
    names = (name for name in (records.complete, records.counted_by) if name)
    return tuple(f"{above}.{name}" if above else name for name in names)


@lru_cache(maxsize=4096)
def _ask_list(table: str, where: c.TruthNode) -> str:
    field = declared().tables[table].field
    names = {name for _, name, _, _ in Formatter().parse(field.question) if name}
    required = {name: _required_codes(f"{table}.{name}", where) for name in names}
    if names and not any(required.values()):
        return field.ask_for_more
    if own := [question for name, codes in required.items() if (question := _own_question(f"{table}.{name}", codes))]:
        return own[0]
    texts = {name: WORDS.codes(f"{table}.{name}", codes) if codes else "any" for name, codes in required.items()}
    return field.question.format(**texts)


def _required_codes(path: str, where: c.TruthNode) -> frozenset[str]:
    """The codes of one field that a filter requires."""
    codes = (node.codes for node in c.walk(where) if isinstance(node, c.Among) and node.fact == path)
    return frozenset().union(*codes)


def _own_question(path: str, codes: frozenset[str]) -> str:
    """The question of the term that includes all codes, if it has a question of its own."""
    field = declared().field(path)
    terms = (
        [field.vocabulary.terms[code] for code in _top_codes(field.vocabulary_name, codes)]
        if isinstance(field, CodeField)
        else []
    )
    return terms[0].question if len(terms) == 1 else ""


def _lower_first(question: str) -> str:
    """The question as the second part of a sentence; an abbreviation keeps its capitals."""
    return question[:1].lower() + question[1:] if question[1:2].islower() else question


@lru_cache(maxsize=4096)
def _dimension(path: str, where: c.TruthNode | None = None) -> Dimension | None:
    """The dimension of a quantity; for a laboratory value, that of the analyte which the filter requires."""
    field = declared().field(path)
    if isinstance(field, LabValueField) and where is not None:
        analyte = f"{path.rpartition('.')[0]}.analyte"
        analytes = [node.codes for node in c.walk(where) if isinstance(node, c.Among) and node.fact == analyte]
        known = [code for codes in analytes for code in codes if code in vocabularies()["analyte"].terms]
        return dimension_of(known[0]) if known else None
    return field.dimension if isinstance(field, QuantityField) else None


@lru_cache(maxsize=4096)
def _terms(vocabulary_name: str, codes: frozenset[str]) -> str:
    vocabulary = vocabularies()[vocabulary_name]
    if len(codes) == 1:
        return vocabulary.label_of(next(iter(codes)))
    return " or ".join(vocabulary.label_of(code) for code in _top_codes(vocabulary_name, codes)) or "none"


def _top_codes(vocabulary_name: str, codes: frozenset[str]) -> list[str]:
    """The most general of the codes."""
    terms = vocabularies()[vocabulary_name].terms
    return [code for code in terms if code in codes and codes.isdisjoint(terms[code].parents)]


def _default_texts(default: object) -> tuple[str, ...]:
    """The texts of a default value, which are not shown."""
    return () if default is None else ("yes",) if default is True else (str(default), f"{default}".replace("_", " "))


def _fact_text(field: FactField, value: str, is_name: bool) -> str:
    if isinstance(field, YesNoField):
        return field.label if value == "yes" else f"not {field.label}"
    return value if is_name or isinstance(field, CodeField) else f"{field.label} {value}"


def _lower(value: float, dimension: Dimension | None) -> str:
    if isinf(value):
        return ""
    step = dimension.step if dimension else 1.0
    if step < 1.0 and _is_step_off(value) and not _is_step_off(value - step):
        return f"above {_amount(value - step, dimension)}"
    return f"at least {_amount(value, dimension)}"


def _upper(value: float, dimension: Dimension | None) -> str:
    if isinf(value):
        return ""
    step = dimension.step if dimension else 1.0
    if step < 1.0 and _is_step_off(value) and not _is_step_off(value + step):
        return f"below {_amount(value + step, dimension)}"
    return f"at most {_amount(value, dimension)}"


def _is_step_off(value: float) -> bool:
    """Whether a grid value is one step off a number that people write, with at most four decimals: an open bound."""
    return abs(round(value, 4) - value) > 2.0**-21


def _amount(value: float, dimension: Dimension | None) -> str:
    if dimension is None or dimension.counting or dimension.canonical == "1":
        return _number(value)
    if dimension.name == "time":
        return _time(value)
    if dimension.name == "activity":
        return f"{_number(value)} MBq ({_number(value / float(dimension.factors['mCi']))} mCi)"
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
