"""`confirm`: consent, willingness, judgement: asked at the site, never counted as missing."""

from typing import Any

from marshmallow import fields, validate

from matching.nodes import Confirm, TruthNode
from schemas.criteria.language import CriterionContext, Kind


class ConfirmCriterion(Kind):
    """A question that no summary answers."""

    name = "confirm"
    shorthand = "question"
    question = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm(given["question"])
