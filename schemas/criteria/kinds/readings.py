"""`readings` and `left_open`: sources that can be interpreted in several ways, or that give no limit."""

from typing import Any, ClassVar

from marshmallow import fields, validate

from matching import nodes as c
from schemas.criteria.language import CriteriaField, CriterionContext, Kind, read_criteria
from schemas.summary.fields import field_error


class ReadingsCriterion(Kind):
    """The source can be read in each of these ways: TRUE if all are met, FALSE if none is met, else UNKNOWN."""

    name = "readings"
    shorthand: ClassVar[str | None] = "of"
    of = CriteriaField(required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts = tuple(criterion.node for criterion in read_criteria(given["of"], context))
        if len(parts) < 2:
            raise field_error("needs at least two readings", "for a single reading write the criterion itself")
        return c.Consensus(parts)


class LeftOpenCriterion(Kind):
    """A clause whose limit the source does not give: a question for the site in a trial, UNKNOWN in a definition."""

    name = "left_open"
    shorthand = "question"
    question = fields.String(required=True, validate=validate.Length(min=3, max=500))

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        """Both answers are possible, so their consensus is UNKNOWN; a trial assumes the favourable answer."""
        return c.Consensus((c.Confirm(given["question"]), c.Confirm(given["question"], favourable=False)))
