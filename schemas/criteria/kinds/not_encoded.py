"""`not_encoded` and `no_rule`: bullets of a source that no criterion expresses, accounted for all the same."""

from typing import Any

from marshmallow import fields, validate

from matching.nodes import Confirm, TruthNode
from schemas.criteria.language import CriterionContext, Kind


class NotEncodedCriterion(Kind):
    """A bullet that facts cannot express, and why; listed with what the site must confirm."""

    name = "not_encoded"
    shorthand = "why"
    why = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm(f"Not encoded, see the protocol: {given['why']}")


class NoRuleCriterion(Kind):
    """A bullet that accepts either way, worth recording; it decides and asks nothing."""

    name = "no_rule"
    shorthand = "what"
    what = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm("")
