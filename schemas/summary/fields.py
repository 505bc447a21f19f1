"""The field types of single facts: each loads and dumps JSON and makes a column. Numbers are in `quantity_fields`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from marshmallow import ValidationError, fields

from matching.cohort import CodeColumn, Column, YesNoColumn
from matching.patient_values import Plain
from matching.wording import Implied
from schemas.inputs.faults import FaultMessage
from schemas.summary.vocabulary import Vocabulary, vocabularies

WITH_OTHERS = "with others"
"""Marks a fact that follows only from several facts together: a multiple, from a value and its limit."""

NO_SOURCES: Mapping[str, Implied] = {}

CORRECT_ONE = "correct one of them, or omit it"
"""The hint for facts that contradict each other."""


class FactField(fields.Field[Any]):
    """A declared fact: its label, help and question are used by every page, table and message.

    `default` is the value of an omitted fact (a listed lesion is current); without it an omitted fact is unknown.
    `assumed` says what a definition may assume of an omitted fact (`unless_reported`): like a default, an assumption
    is corrected by a report, which is not learning.
    `follows_from` maps facts of the same record or section from which this fact is derived, and which a question may
    ask for instead, to the values that it can then have: codes, a range, None for any value, or WITH_OTHERS.
    """

    kind = "fact"

    def __init__(
        self,
        label: str,
        *,
        help: str = "",
        question: str = "",
        default: Any = None,
        assumed: str = "",
        follows_from: Mapping[str, Implied] = NO_SOURCES,
        **kwargs: Any,
    ) -> None:
        self.label = label
        self.help = help
        self.question = question or self._question(label)
        self.default = default
        self.assumed = assumed
        self.follows_from = follows_from
        metadata = {"title": label, "description": help or label}
        # Null means omitted, which is not allowed for a required fact.
        super().__init__(allow_none=not kwargs.get("required"), metadata=metadata, **kwargs)

    def _question(self, label: str) -> str:
        return f"What is the {label}?"

    @property
    def null(self) -> list[str]:
        """The JSON type `null`, where it is allowed."""
        return ["null"] if self.allow_none else []

    def column(self, values: Sequence[Any]) -> Column:
        """Encode loaded values as a column; None is unknown. Shape: one row for each value."""
        raise TypeError(f"{type(self).__name__} cannot be encoded as a column")

    def plain(self, value: Any) -> Plain:
        """Encode a loaded value for the scalar engine; None is unknown."""
        encoded: Plain = value
        return encoded

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of what an editor or API client may write."""
        return {}


def field_error(message: str, hint: str | None = None) -> ValidationError:
    """A marshmallow validation error with a hint."""
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
            raise field_error(f"not a code of the vocabulary {self.vocabulary_name}")
        code = self.vocabulary.code_of(value)
        if code is None:
            near = self.vocabulary.nearest(value)
            hint = f"did you mean {near}?" if near else f"see the vocabulary {self.vocabulary_name}"
            raise field_error(f"{self.label} not recognised", hint)
        return code

    def column(self, values: Sequence[str | None]) -> CodeColumn:
        return code_column(values)

    def json_schema(self) -> dict[str, Any]:
        """The codes, so that editors complete them; labels and synonyms are accepted too."""
        return {"anyOf": [{"enum": list(self.vocabulary.terms)}, {"type": ["string", *self.null], "maxLength": 200}]}


def code_column(values: Sequence[str | None]) -> CodeColumn:
    """Strings as a dictionary-encoded column."""
    names: dict[str, int] = {}
    indices = [-1 if value is None else names.setdefault(value, len(names)) for value in values]
    return CodeColumn(np.array(indices, np.int32), tuple(names))


class YesNoField(FactField):
    """Yes, no, or unknown."""

    kind = "truth"

    def _question(self, label: str) -> str:
        return f"{label[:1].upper()}{label[1:]}?"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise field_error("must be true, false or omitted")
        return value

    def column(self, values: Sequence[bool | None]) -> YesNoColumn:
        return YesNoColumn(np.array([0 if value is None else 1 if value else -1 for value in values], np.int8))

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["boolean", *self.null]}


class TextField(FactField):
    """A short word that is stored and shown, but never matched."""

    kind = "text"

    def __init__(self, label: str, *, pattern: str, longest: int, **kwargs: Any) -> None:
        self.pattern, self.longest = pattern, longest
        super().__init__(label, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not re.fullmatch(self.pattern, value):
            raise field_error(f"must be at most {self.longest} characters of the form {self.pattern}")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", *self.null], "pattern": f"^{self.pattern}$", "maxLength": self.longest}


class VersionField(fields.Field[int]):
    """The version of the summary's form: 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or value != 1:
            raise field_error("only version 1 of the summary is known")
        return 1

    def json_schema(self) -> dict[str, Any]:
        return {"const": 1}
