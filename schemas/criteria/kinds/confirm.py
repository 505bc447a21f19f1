"""`confirm`: consent, willingness or judgement, asked at the site and never counted as a missing fact."""

from typing import Any

from marshmallow import fields, validate

from matching.nodes import Confirm, TruthNode
from schemas.criteria.language import CriterionContext, Kind


class ConfirmCriterion(Kind):
    """A question that only the site can answer."""

    name = "confirm"
    shorthand = "question"
    question = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm(given["question"])
