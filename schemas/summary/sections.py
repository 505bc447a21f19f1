"""The field types that group facts: sections, lists of records, and the schema of each."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load

from schemas.inputs.faults import FaultMessage
from schemas.inputs.spelling import nearest
from schemas.summary.fields import refuse

MAX_RECORDS = 1_000
"""A list of a summary is bounded, so that one submission cannot occupy a worker."""


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
