"""The types of patient facts: each reads its JSON, writes it back, and becomes a column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from marshmallow import Schema, ValidationError, fields, pre_load

from matching.cohort import CodeColumn, Column, NumberColumn, YesNoColumn
from matching.interval import EVERYTHING, Interval
from matching.patient_values import Plain
from schemas.inputs.faults import FaultMessage
from schemas.inputs.spelling import nearest
from schemas.summary.quantity import KEYS, Quantity, read_quantity
from schemas.summary.units import Dimension, dimensions
from schemas.summary.vocabulary import Vocabulary, vocabularies

MAX_RECORDS = 1_000
"""A list of a summary is bounded, so that one submission cannot occupy a worker."""

WITH_OTHERS = "with others"
"""Of a fact that follows only from several together: a multiple, from a value and its limit."""

Told: TypeAlias = frozenset[str] | Interval | str | None
NOTHING_FOLLOWS: Mapping[str, Told] = {}


class FactField(fields.Field[Any]):
    """A declared fact: its label, help and the question that asks for it serve every page, table and message.

    `default` is what leaving it out says (a listed lesion is a current one); elsewhere it says nothing.
    `follows_from` names facts beside it from which it is derived, so that asking for it is asking for them, each with
    what the fact can be by it: these codes, this range, None for anything, and WITH_OTHERS where it takes several.
    """

    kind = "fact"

    def __init__(
        self,
        label: str,
        *,
        help: str = "",
        question: str = "",
        default: Any = None,
        follows_from: Mapping[str, Told] = NOTHING_FOLLOWS,
        **kwargs: Any,
    ) -> None:
        self.label = label
        self.help = help
        self.question = question or self._asks(label)
        self.default = default
        self.follows_from = follows_from
        metadata = {"title": label, "description": help or label}
        # Null says the same as leaving out, which a required fact cannot be.
        super().__init__(allow_none=not kwargs.get("required"), metadata=metadata, **kwargs)

    def _asks(self, label: str) -> str:
        return f"What is the {label}?"

    @property
    def null(self) -> list[str]:
        """The JSON type `null`, where it may stand."""
        return ["null"] if self.allow_none else []

    def column(self, values: Sequence[Any]) -> Column:
        """The column of loaded values, None where not stated. Shape: one row a value."""
        raise TypeError(f"{type(self).__name__} is no column")

    def plain(self, value: Any) -> Plain:
        """A loaded value as the reading of one patient knows it, None where not stated."""
        known: Plain = value
        return known

    def json_schema(self) -> dict[str, Any]:
        """What an editor or API client may write."""
        return {}


def refuse(message: str, hint: str | None = None) -> ValidationError:
    """A validation error with a hint, for marshmallow."""
    return ValidationError([FaultMessage(message, hint)])


class QuantityField(FactField):
    """A measured or counted number of one dimension.

    `may_not_exist`: there may be nothing to measure (the largest of no lesions), so not stated is any number at all.
    """

    kind = "quantity"

    def __init__(self, dimension: str, label: str, *, may_not_exist: bool = False, **kwargs: Any) -> None:
        self.dimension_name = dimension
        self.may_not_exist = may_not_exist
        super().__init__(label, **kwargs)

    @property
    def dimension(self) -> Dimension:
        return dimensions()[self.dimension_name]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Quantity:
        return self.read(value)

    def read(self, value: Any) -> Quantity:
        """Raises: ValidationError without the value in it."""
        try:
            quantity = read_quantity(value)
            self.interval(quantity)
        except ValueError as error:
            raise refuse(str(error), f"for example {self.example()}") from None
        return quantity

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.to_json()

    def example(self) -> str:
        if self.dimension.counting or self.dimension.canonical == "1":
            return "2"
        return f'"20 {self.dimension.canonical}"'

    def interval(self, value: Quantity) -> Interval:
        """Units: canonical."""
        return self.dimension.interval(value)

    def column(self, values: Sequence[Quantity | Interval | None]) -> NumberColumn:
        unknown = self.unknown
        return numbers(
            [
                unknown if value is None else value if isinstance(value, Interval) else self.interval(value)
                for value in values
            ]
        )

    def plain(self, value: Quantity | Interval | None) -> Interval:
        """A value that is an interval already was derived, and is canonical."""
        if value is None:
            return self.unknown
        return value if isinstance(value, Interval) else self.interval(value)

    @property
    def unknown(self) -> Interval:
        """What the number can be when nobody stated it."""
        return EVERYTHING if self.may_not_exist else self.dimension.possible

    def json_schema(self) -> dict[str, Any]:
        """Necessary, not sufficient: no JSON Schema knows which numbers are possible in which unit."""
        bare = self.dimension.counting or self.dimension.canonical == "1"
        text = {"type": ["string", *(["number"] if bare else []), *self.null], "maxLength": 60}
        bounds = {key: {"type": ["string", "number"]} for key in KEYS}
        parts = {"type": "object", "properties": bounds | {"unit": {"type": "string", "maxLength": 31}}}
        return {
            "anyOf": [text, parts | {"additionalProperties": False, "minProperties": 1}],
            "examples": [self.example().strip('"')],
        }


def numbers(found: Sequence[Interval]) -> NumberColumn:
    """Intervals as a column."""
    return NumberColumn(
        np.array([interval.lo for interval in found], np.float64),
        np.array([interval.hi for interval in found], np.float64),
    )


class WithinField(QuantityField):
    """A time within which something happened: `12 months` means at most so long ago."""

    def interval(self, value: Quantity) -> Interval:
        return Interval(self.dimension.possible.lo, super().interval(value).hi)


class CodeField(FactField):
    """A term of a vocabulary, written as its code, label or a synonym."""

    kind = "code"

    def __init__(self, vocabulary: str, label: str, **kwargs: Any) -> None:
        self.vocabulary_name = vocabulary
        super().__init__(label, **kwargs)

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabularies()[self.vocabulary_name]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > 200:
            raise refuse(f"not a code of the vocabulary {self.vocabulary_name}")
        code = self.vocabulary.code_of(value)
        if code is None:
            near = self.vocabulary.nearest(value)
            hint = f"did you mean {near}?" if near else f"see the vocabulary {self.vocabulary_name}"
            raise refuse(f"unknown code of the vocabulary {self.vocabulary_name}", hint)
        return code

    def column(self, values: Sequence[str | None]) -> CodeColumn:
        return codes(values)

    def json_schema(self) -> dict[str, Any]:
        """The codes, for completion in editors; their labels and synonyms are read too."""
        return {"anyOf": [{"enum": list(self.vocabulary.terms)}, {"type": ["string", *self.null], "maxLength": 200}]}


def codes(values: Sequence[str | None]) -> CodeColumn:
    """Strings as a dictionary-encoded column."""
    names: dict[str, int] = {}
    places = [-1 if value is None else names.setdefault(value, len(names)) for value in values]
    return CodeColumn(np.array(places, np.int32), tuple(names))


class YesNoField(FactField):
    """Yes, no, or not stated."""

    kind = "truth"

    def _asks(self, label: str) -> str:
        return f"{label[:1].upper()}{label[1:]}?"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise refuse("must be true, false or left out")
        return value

    def column(self, values: Sequence[bool | None]) -> YesNoColumn:
        return YesNoColumn(np.array([0 if value is None else 1 if value else -1 for value in values], np.int8))

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["boolean", *self.null]}


@dataclass(frozen=True)
class YearOfEvent:
    """Some day of a calendar year, seen from some day of the year of the summary."""

    year: int
    as_of: int

    @property
    def days_ago(self) -> Interval:
        latest = (date(self.as_of, 12, 31) - date(self.year, 1, 1)).days
        soonest = (date(self.as_of, 1, 1) - date(self.year, 12, 31)).days
        return Interval(max(0, soonest), latest)


class AgoField(QuantityField):
    """How long before the summary: `{"ago": "30 months"}`, or `{"year": 2023, "as_of": 2026}`."""

    kind = "ago"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__("time", label, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mapping) and value.keys() == {"ago"}:
            return self.read(value["ago"])
        if isinstance(value, Mapping) and value.keys() == {"year", "as_of"}:
            return _in_year(value["year"], value["as_of"])
        raise refuse(
            "not a time before the summary", 'for example {"ago": "30 months"} or {"year": 2023, "as_of": 2026}'
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if isinstance(value, YearOfEvent):
            return {"year": value.year, "as_of": value.as_of}
        return None if value is None else {"ago": value.to_json()}

    def interval(self, value: Quantity | YearOfEvent) -> Interval:
        return value.days_ago if isinstance(value, YearOfEvent) else super().interval(value)

    def json_schema(self) -> dict[str, Any]:
        year = {"type": "integer", "minimum": 1900, "maximum": 2200}
        before = {"ago": {"anyOf": super().json_schema()["anyOf"]}}
        forms = [before, {"year": year, "as_of": year}]
        return {
            "anyOf": [
                *(
                    {"type": "object", "properties": form, "required": list(form), "additionalProperties": False}
                    for form in forms
                ),
                *({"type": name} for name in self.null),
            ],
            "examples": [{"ago": "30 months"}],
        }


def _in_year(year: Any, as_of: Any) -> YearOfEvent:
    plain = all(isinstance(part, int) and not isinstance(part, bool) for part in (year, as_of))
    if not plain or not 1900 <= year <= as_of <= 2200:
        raise refuse("two years, of which the first is not the later", 'for example {"year": 2023, "as_of": 2026}')
    return YearOfEvent(year, as_of)


class TextField(FactField):
    """A short word that is stored and shown, and never matched."""

    kind = "text"

    def __init__(self, label: str, *, pattern: str, longest: int, **kwargs: Any) -> None:
        self.pattern, self.longest = pattern, longest
        super().__init__(label, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not re.fullmatch(self.pattern, value):
            raise refuse(f"must be at most {self.longest} characters of the form {self.pattern}")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", *self.null], "pattern": f"^{self.pattern}$", "maxLength": self.longest}


class VersionField(fields.Field[int]):
    """The version of the summary's form: 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or value != 1:
            raise refuse("only version 1 of the summary is known")
        return 1

    def json_schema(self) -> dict[str, Any]:
        return {"const": 1}


class SectionField(fields.Nested):
    """Facts that belong together, under one key."""

    def __init__(self, nested: type[Schema], label: str, **kwargs: Any) -> None:
        self.label = label
        super().__init__(nested, allow_none=True, metadata={"title": label}, **kwargs)


class RecordsField(fields.Nested):
    """A list of like things. `complete` names the sibling fact that says the list leaves nothing out.

    `question` asks for what the list may lack; `{field}` in it stands for the terms a filter asked for.
    A bare word in the list goes to the field `shorthand`. A stated number under `counted_by` that is just the number
    listed completes the list as well.
    """

    default_error_messages = {"type": "must be a list"}  # noqa: RUF012  # marshmallow's own form

    def __init__(
        self,
        nested: type[Schema],
        label: str,
        *,
        one: str,
        complete: str | None = None,
        question: str = "",
        shorthand: str | None = None,
        counted_by: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.label, self.one, self.complete, self.shorthand = label, one, complete, shorthand
        self.counted_by = counted_by
        self.question = question or f"Does the list of {label} leave nothing out?"
        super().__init__(nested, many=True, allow_none=True, metadata={"title": label}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, partial: Any = None, **kwargs: Any
    ) -> Any:
        if isinstance(value, list) and len(value) > MAX_RECORDS:
            raise refuse(f"more than {MAX_RECORDS} records")
        if isinstance(value, list) and self.shorthand:
            value = [{self.shorthand: one} if isinstance(one, str) else one for one in value]
        return super()._deserialize(value, attr, data, partial=partial, **kwargs)


class FactSchema(Schema):
    """A group of facts: what is null counts as left out, and an unknown key is refused with the nearest known."""

    error_messages = {"unknown": "unknown key", "type": "must be an object"}  # noqa: RUF012  # marshmallow's own form

    @pre_load
    def drop_nulls(self, data: Any, **_: Any) -> Any:
        """Before anything is checked, so that no check meets one; an unknown key stays, to be refused."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in self.fields}

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Name the nearest known key beside each unknown one."""
        groups = error.messages.values() if many and isinstance(error.messages, dict) else [error.messages]
        for messages in (group for group in groups if isinstance(group, dict)):
            for key, found in messages.items():
                if found == ["unknown key"]:
                    messages[key] = [FaultMessage("unknown key", self._nearest_key(str(key)))]

    def _nearest_key(self, key: str) -> str | None:
        near = nearest(key, self.load_fields)
        return f"did you mean {near}?" if near else None
