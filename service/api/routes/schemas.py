"""JSON Schemas of requests, results and trial files, and the list of facts, for editors and clients."""

from typing import Any

from flask import Response, current_app, json
from marshmallow import Schema

from authoring.json_schema import trial_json_schema
from schemas.summary.declared_facts import fact_sheet
from schemas.summary.facts import PatientSchema
from service.api.blueprint import ApiBlueprint
from service.api.openapi import json_schema
from service.api.payloads.knowledge import FactListSchema
from service.api.problems import not_found
from verdicts.match_schema import MatchResultSchema

blueprint = ApiBlueprint("schemas", __name__, description="JSON Schemas and the list of facts")

SCHEMAS: dict[str, type[Schema]] = {"patient": PatientSchema, "match-result": MatchResultSchema}
NAME_PARAMETER = {"in": "path", "name": "name", "schema": {"type": "string", "enum": [*SCHEMAS, "trial"]}}
MEDIA_TYPE = "application/schema+json"


@blueprint.route("/facts")
@blueprint.guarded()
@blueprint.response(200, FactListSchema)
def facts() -> dict[str, Any]:
    """List every fact that a summary can contain, with its path and its unit or vocabulary."""
    return {"facts": fact_sheet()}


@blueprint.route("/schemas/<name:name>", parameters=[NAME_PARAMETER])
@blueprint.guarded(problems=(404,))
@blueprint.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
def schema(name: str) -> Response:
    """Return a JSON Schema: patient, match-result, or trial (for the YAML file of a trial).

    Each includes what installed packages add.
    """
    if name == "trial":
        return Response(json.dumps(trial_json_schema()), mimetype=MEDIA_TYPE)
    if name not in SCHEMAS:
        raise not_found()
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return Response(json.dumps(json_schema(document, SCHEMAS[name])), mimetype=MEDIA_TYPE)
