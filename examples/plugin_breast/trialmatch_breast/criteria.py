"""`receptor`: hormone receptors and HER2."""

from typing import Any

from marshmallow import fields, validate

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of, fact_within
from schemas.summary.fields import field_error

POSITIVE_RANGE = {"min": (1.0, 1.0)}
"""Percent of the tumour cells. Source: ASCO/CAP 2020, doi:10.1200/JCO.19.02309."""


class ReceptorCriterion(Kind):
    """Receptor status. HER2 is read from the reported status, or else from the score and the amplification."""

    name = "receptor"
    hormone = fields.String(
        validate=validate.OneOf(["positive", "negative"]),
        metadata={"description": "estrogen or progesterone receptor in 1 % of the cells or more"},
    )
    her2 = CodesField("her2_status", "HER2 status")
    estrogen = RangeField("percent", "tumour cells with estrogen receptor")
    progesterone = RangeField("percent", "tumour cells with progesterone receptor")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        if not given:
            raise field_error("needs hormone, her2, estrogen or progesterone")
        parts: list[c.TruthNode] = []
        if "hormone" in given:
            parts.append(_hormone_positive() if given["hormone"] == "positive" else c.Not(_hormone_positive()))
        if "her2" in given:
            parts.append(any_of(_her2(status) for status in given["her2"]))
        parts += [fact_within(f"receptors.{key}", given[key]) for key in ("estrogen", "progesterone") if key in given]
        return all_of(parts)


def _hormone_positive() -> c.TruthNode:
    return any_of(fact_within(f"receptors.{key}", POSITIVE_RANGE) for key in ("estrogen", "progesterone"))


def _her2(status: str) -> c.TruthNode:
    """The reported and the derived status; a difference between them is reported as a contradiction.

    Source: ASCO/CAP 2023, doi:10.1200/JCO.22.02864; HER2-low doi:10.1056/NEJMoa2203690.
    """
    score_2 = among("receptors.her2_ihc", ["ihc_2"])
    amplified = c.IsYes("receptors.her2_amplified")
    positive = any_of([among("receptors.her2_ihc", ["ihc_3"]), all_of([score_2, amplified])])
    derived = {
        "positive": positive,
        "negative": c.Not(positive),
        "low": any_of([among("receptors.her2_ihc", ["ihc_1"]), all_of([score_2, c.Not(amplified)])]),
        "zero": among("receptors.her2_ihc", ["ihc_0"]),
    }
    return c.Agreed((among("receptors.her2", [status]), derived[status]))
