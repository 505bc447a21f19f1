"""`not_encoded` and `no_rule`: accounts for bullets of a source that no criterion expresses."""

from typing import Any

from marshmallow import fields, validate

from matching.nodes import Confirm, TruthNode
from schemas.criteria.language import CriterionContext, Kind

CHECK_PROTOCOL = ": check the protocol"
"""Ends the question to the site."""


class NotEncodedCriterion(Kind):
    """A bullet that the facts cannot express, with the reason; listed for the site to confirm."""

    name = "not_encoded"
    shorthand = "why"
    why = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm(given["why"] + CHECK_PROTOCOL)


class NoRuleCriterion(Kind):
    """A bullet that accepts patients either way. It is recorded, but decides and asks nothing."""

    name = "no_rule"
    shorthand = "what"
    what = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return Confirm("")
