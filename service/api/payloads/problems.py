"""The body of a problem document."""

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """One error in a request; the value itself is never repeated."""

    location = fields.String(
        data_key="in", required=True, metadata={"enum": ["body", "query", "header", "path"], "description": "where"}
    )
    path = fields.String(required=True, metadata={"description": "JSON path; $ is the whole body"})
    detail = fields.String(required=True)
    hint = fields.String()
    file = fields.String(metadata={"description": "file name, for an error in a trial"})
    line = fields.Integer(metadata={"description": "line of the file, for an error in a trial"})


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True, metadata={"description": "quote it when you report the problem"})
    errors = fields.List(fields.Nested(ErrorSchema))
