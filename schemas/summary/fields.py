"""The types of patient facts: each reads its JSON, writes it back, and becomes a column."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from marshmallow import ValidationError, fields

from matching.cohort import CodeColumn, Column, YesNoColumn
from matching.interval import Interval
from matching.patient_values import Plain
from schemas.inputs.faults import FaultMessage
from schemas.summary.vocabulary import Vocabulary, vocabularies

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
        return code_column(values)

    def json_schema(self) -> dict[str, Any]:
        """The codes, for completion in editors; their labels and synonyms are read too."""
        return {"anyOf": [{"enum": list(self.vocabulary.terms)}, {"type": ["string", *self.null], "maxLength": 200}]}


def code_column(values: Sequence[str | None]) -> CodeColumn:
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
