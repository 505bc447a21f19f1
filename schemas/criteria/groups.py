"""`all`, `any`, `not`, `at_least`, `when`: criteria made of criteria."""

from typing import Any, ClassVar

from marshmallow import fields, validate

from matching import criteria as c
from schemas.language import Context, Criteria, Kind, OneCriterion, nodes, read_criteria, read_criterion


class Group(Kind):
    """A list of criteria under one key."""

    shorthand: ClassVar[str | None] = "of"
    of = Criteria(required=True)

    def parts(self, given: dict[str, Any], context: Context) -> tuple[c.TruthNode, ...]:
        return nodes(read_criteria(given["of"], context))


class AllOf(Group):
    """Every one of these."""

    name = "all"

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        return c.All(self.parts(given, context))


class AnyOf(Group):
    """At least one of these."""

    name = "any"

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        return c.Any(self.parts(given, context))


class NotThis(Kind):
    """The criterion does not hold."""

    name = "not"
    shorthand = "criterion"
    whole = True
    criterion = OneCriterion(required=True)

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        return c.Not(read_criterion(given["criterion"], context).node)


class AtLeast(Group):
    """At least `count` of these."""

    name = "at_least"
    shorthand = None
    count = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        return c.AtLeast(given["count"], self.parts(given, context.at("of")))


class When(Kind):
    """If the first holds, the second must too; otherwise the third, where there is one."""

    name = "when"
    if_ = OneCriterion(required=True, data_key="if")
    then = OneCriterion(required=True)
    else_ = OneCriterion(data_key="else")

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        condition = read_criterion(given["if_"], context.at("if")).node
        then = c.Any((c.Not(condition), read_criterion(given["then"], context.at("then")).node))
        if "else_" not in given:
            return then
        return c.All((then, c.Any((condition, read_criterion(given["else_"], context.at("else")).node))))
