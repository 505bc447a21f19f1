"""Schemas: what may be submitted and what comes back, for editors and clients."""

from typing import Any

from flask import Response, current_app, json

from schemas.fact_sheet import fact_sheet
from schemas.patient import PatientSchema
from schemas.payloads import FactListSchema
from schemas.verdict import MatchResultSchema
from service.blueprint import Blueprint
from service.openapi import json_schema

blueprint = Blueprint("schemas", __name__, description="JSON Schemas and the list of facts")

SCHEMAS = {"patient": PatientSchema, "match-result": MatchResultSchema}
MEDIA_TYPE = "application/schema+json"


@blueprint.route("/facts")
@blueprint.guarded()
@blueprint.response(200, FactListSchema)
def facts() -> dict[str, Any]:
    """Every fact that a summary can state, with its path, unit or vocabulary."""
    return {"facts": fact_sheet()}


@blueprint.route("/schemas/<any('patient', 'match-result'):name>")
@blueprint.guarded()
@blueprint.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
def schema(name: str) -> Response:
    """A JSON Schema: patient, or match-result."""
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return Response(json.dumps(json_schema(document, SCHEMAS[name])), mimetype=MEDIA_TYPE)
