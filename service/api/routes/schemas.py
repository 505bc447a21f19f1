"""Schemas: what may be submitted and what comes back, for editors and clients."""

from typing import Any

from flask import Response, current_app, json
from marshmallow import Schema

from authoring.json_schema import trial_json_schema
from schemas.summary.declared_facts import fact_sheet
from schemas.summary.facts import PatientSchema
from service.api.blueprint import ApiBlueprint
from service.api.openapi import json_schema
from service.api.payloads.general import FactListSchema
from service.api.problems import WORDS, Problem
from verdicts.match_schema import MatchResultSchema

blueprint = ApiBlueprint("schemas", __name__, description="JSON Schemas and the list of facts")

SCHEMAS: dict[str, type[Schema]] = {"patient": PatientSchema, "match-result": MatchResultSchema}
NAME = {"in": "path", "name": "name", "schema": {"type": "string", "enum": [*SCHEMAS, "trial"]}}
MEDIA_TYPE = "application/schema+json"


@blueprint.route("/facts")
@blueprint.guarded()
@blueprint.response(200, FactListSchema)
def facts() -> dict[str, Any]:
    """Every fact that a summary can state, with its path, unit or vocabulary."""
    return {"facts": fact_sheet()}


@blueprint.route("/schemas/<name:name>", parameters=[NAME])
@blueprint.guarded(problems=(404,))
@blueprint.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
def schema(name: str) -> Response:
    """A JSON Schema: patient, match-result, or trial, which is that of a YAML file.

    Each has what installed packages add.
    """
    if name == "trial":
        return Response(json.dumps(trial_json_schema()), mimetype=MEDIA_TYPE)
    if name not in SCHEMAS:
        raise Problem("not-found", WORDS[404])
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return Response(json.dumps(json_schema(document, SCHEMAS[name])), mimetype=MEDIA_TYPE)
