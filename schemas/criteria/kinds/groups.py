"""`all`, `any`, `not`, `at_least`, `when`: criteria made of other criteria."""

from typing import Any, ClassVar

from marshmallow import fields, validate

from matching import nodes as c
from schemas.criteria.language import (
    CriteriaField,
    CriterionContext,
    CriterionField,
    Kind,
    read_criteria,
    read_criterion,
)


class CriterionGroup(Kind):
    """A list of criteria under one key."""

    shorthand: ClassVar[str | None] = "of"
    of = CriteriaField(required=True)

    def parts(self, given: dict[str, Any], context: CriterionContext) -> tuple[c.TruthNode, ...]:
        return tuple(criterion.node for criterion in read_criteria(given["of"], context))


class AllCriterion(CriterionGroup):
    """Every one of these criteria is met."""

    name = "all"

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return c.All(self.parts(given, context))


class AnyCriterion(CriterionGroup):
    """At least one of these criteria is met."""

    name = "any"

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return c.Any(self.parts(given, context))


class NotCriterion(Kind):
    """The criterion is not met."""

    name = "not"
    shorthand = "criterion"
    whole = True
    criterion = CriterionField(required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return c.Not(read_criterion(given["criterion"], context).node)


class AtLeastCriterion(CriterionGroup):
    """At least `count` of these criteria are met."""

    name = "at_least"
    shorthand = None
    count = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return c.AtLeast(given["count"], self.parts(given, context.at("of")))


class WhenCriterion(Kind):
    """If `if` is met, `then` must be met; otherwise `else`, if there is one."""

    name = "when"
    if_ = CriterionField(required=True, data_key="if")
    then = CriterionField(required=True)
    else_ = CriterionField(data_key="else")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        condition = read_criterion(given["if_"], context.at("if")).node
        then = c.Any((c.Not(condition), read_criterion(given["then"], context.at("then")).node))
        if "else_" not in given:
            return then
        return c.All((then, c.Any((condition, read_criterion(given["else_"], context.at("else")).node))))
