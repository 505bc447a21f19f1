"""`confirm`: consent, willingness, judgement: asked at the site, never counted as missing."""

from typing import Any

from marshmallow import fields, validate

from matching.criteria import Confirm as Question
from matching.criteria import TruthNode
from schemas.language import Context, Kind


class Confirm(Kind):
    """A question that no summary answers."""

    name = "confirm"
    shorthand = "question"
    question = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: Context) -> TruthNode:
        return Question(given["question"])
