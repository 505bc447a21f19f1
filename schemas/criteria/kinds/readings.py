"""`readings` and `left_open`: sources that can be read in more than one way, or that leave a clause out."""

from typing import Any, ClassVar

from marshmallow import fields, validate

from matching import nodes as c
from schemas.criteria.language import CriteriaField, CriterionContext, Kind, nodes, read_criteria
from schemas.summary.fields import refuse


class ReadingsCriterion(Kind):
    """The source can be read in each of these ways: TRUE where all agree, FALSE where none holds, else UNKNOWN."""

    name = "readings"
    shorthand: ClassVar[str | None] = "of"
    of = CriteriaField(required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts = nodes(read_criteria(given["of"], context))
        if len(parts) < 2:
            raise refuse("needs at least two readings", "a source with one reading needs no readings:")
        return c.Consensus(parts)


class LeftOpenCriterion(Kind):
    """A clause whose limit the source does not give: in a trial a question for the site, compared by itself UNKNOWN."""

    name = "left_open"
    shorthand = "question"
    question = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        """Either answer is possible, so what they agree on is nothing; a trial takes the favourable one."""
        return c.Consensus((c.Confirm(given["question"]), c.Confirm(given["question"], favourable=False)))
