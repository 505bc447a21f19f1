"""Query parameters and headers that several routes share."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from service.api.url_converters import ROW_ID

ID_PATTERN = f"^{ROW_ID}$"
MAX_PAGE = 200


class WholeNumber(fields.Field[int]):
    """An integer as JSON Schema defines it: 3.0 is valid and equals 3. marshmallow's own Integer rejects 3.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError("not a whole number") from None
        if isinstance(value, bool) or not number.is_integer():
            raise ValidationError("not a whole number")
        return int(number)


class PageQuery(Schema):
    """Which part of a list to return."""

    limit = WholeNumber(
        load_default=50,
        validate=validate.Range(1, MAX_PAGE, error=f"must be between 1 and {MAX_PAGE}"),
        metadata={"description": "maximum number of entries"},
    )
    after = fields.String(
        validate=validate.Regexp(ID_PATTERN, error="not an id of this list"),
        metadata={"description": "id of the last entry of the previous part"},
    )


class IdempotencyHeader(Schema):
    """The client's own name for a request, so that a repeat is not a second submission."""

    key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Regexp("^[!-~]{1,200}$", error="1 to 200 visible ASCII characters"),
        metadata={"description": "a random word; send the same word when you repeat the same request"},
    )
