"""The field types that group facts: sections, lists of records, and the schema of each."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load

from schemas.inputs.faults import FaultMessage
from schemas.inputs.spelling import nearest
from schemas.summary.fields import field_error

MAX_RECORDS = 1_000
"""Most records in a list of a summary, so that one submission cannot occupy a worker."""


class SectionField(fields.Nested):
    """A group of facts under one key."""

    def __init__(self, nested: type[Schema], label: str, **kwargs: Any) -> None:
        self.label = label
        super().__init__(nested, allow_none=True, metadata={"title": label}, **kwargs)


class RecordsField(fields.Nested):
    """A list of records of one type. `complete` names the sibling fact that marks the list complete.

    `singular` is the name of one record. `question` asks for a record that the list may lack; `{field}` in it is
    replaced by the terms of the filter. A bare word in the list is the value of the field `shorthand`. The list is also
    complete where the fact `counted_by` equals the number of listed records.
    """

    default_error_messages = {"type": "must be a list"}  # noqa: RUF012  # marshmallow's own form

    def __init__(
        self,
        nested: type[Schema],
        label: str,
        *,
        singular: str,
        complete: str | None = None,
        question: str = "",
        shorthand: str | None = None,
        counted_by: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.label, self.singular, self.complete, self.shorthand = label, singular, complete, shorthand
        self.counted_by = counted_by
        self.ask_for_more = f"Any other {label}, besides those listed?"
        self.question = question or self.ask_for_more
        super().__init__(nested, many=True, allow_none=True, metadata={"title": label}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, partial: Any = None, **kwargs: Any
    ) -> Any:
        if isinstance(value, list) and len(value) > MAX_RECORDS:
            raise field_error(f"more than {MAX_RECORDS} records")
        if isinstance(value, list) and self.shorthand:
            value = [{self.shorthand: record} if isinstance(record, str) else record for record in value]
        return super()._deserialize(value, attr, data, partial=partial, **kwargs)


class FactSchema(Schema):
    """A group of facts: null means omitted, and an unknown key is rejected with the nearest known key as a hint."""

    error_messages = {"unknown": "unknown key", "type": "must be an object"}  # noqa: RUF012  # marshmallow's own form

    @pre_load
    def drop_nulls(self, data: Any, **_: Any) -> Any:
        """Drop nulls before any check sees them; an unknown key is kept, so that it is rejected."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in self.fields}

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Add the nearest known key to the error of each unknown key."""
        groups = error.messages.values() if many and isinstance(error.messages, dict) else [error.messages]
        for messages in (group for group in groups if isinstance(group, dict)):
            for key, found in messages.items():
                if found == ["unknown key"]:
                    messages[key] = [FaultMessage("unknown key", self._nearest_key(str(key)))]

    def _nearest_key(self, key: str) -> str | None:
        near = nearest(key, self.load_fields)
        return f"did you mean {near}?" if near else None
