"""English: each node of the algebra as a phrase, in the words of the declared facts."""

from math import inf

import pytest

from matching import nodes as c
from matching.describe import describe
from matching.interval import CONTINUOUS_STEP as STEP
from matching.interval import Interval
from schemas.summary.fact_wording import WORDS

LESIONS, DIAMETER = "disease.lesions", "disease.lesions.longest_diameter"
LUNG = c.Among(f"{LESIONS}.site", frozenset({"lung"}))
CURRENT = c.Among(f"{LESIONS}.status", frozenset({"current"}))
AVID = c.Among(f"{LESIONS}.rai_uptake", frozenset({"avid"}))
FEMALE = c.Among("sex", frozenset({"female"}))
METASTATIC, RECURRENT = c.IsYes("disease.metastatic"), c.IsYes("disease.recurrent")


def at_least(number: c.NumberNode, low: float) -> c.Within:
    return c.Within(number, Interval(low, inf), Interval(low, inf))


ADULT = at_least(c.Fact("age"), 18)


@pytest.mark.parametrize(
    ("node", "english"),
    [
        (FEMALE, "sex: female"),
        (c.Not(FEMALE), "sex other than female"),
        (ADULT, "age at least 18 years"),
        (c.Not(ADULT), "not (age at least 18 years)"),
        (METASTATIC, "distant metastasis"),
        (c.Not(METASTATIC), "not distant metastasis"),
        (c.Not(c.Not(METASTATIC)), "distant metastasis"),
        (c.All(()), "anything"),
        (c.Any(()), "nothing"),
        (c.All((METASTATIC,)), "distant metastasis"),
        (c.All((ADULT, c.All((FEMALE, METASTATIC)))), "age at least 18 years and sex: female and distant metastasis"),
        (c.Any((METASTATIC, c.All((ADULT, FEMALE)))), "distant metastasis or (age at least 18 years and sex: female)"),
        (c.AtLeast(2, (METASTATIC, RECURRENT)), "at least 2 of: distant metastasis; recurrent disease"),
        (c.Confirm("Consent?"), "to confirm: Consent?"),
        (c.Named("rai-refractory/ata-2025", METASTATIC), "ATA 2025, recommendation 59"),
        (c.Agreed((METASTATIC, RECURRENT)), "distant metastasis"),
        (
            c.Preferred(METASTATIC, RECURRENT),
            "distant metastasis; where that is not reported, recurrent disease",
        ),
        (
            c.Consensus((METASTATIC, RECURRENT)),
            "what all of these agree on: distant metastasis; recurrent disease",
        ),
        (
            c.All((c.Any((c.Not(ADULT), METASTATIC)), c.Any((ADULT, RECURRENT)))),
            "if age at least 18 years: distant metastasis; otherwise: recurrent disease",
        ),
    ],
)
def test_statements(node: c.TruthNode, english: str) -> None:
    assert describe(node, WORDS) == english


CODON = c.Fact("genomics.variants.codon")


@pytest.mark.parametrize(
    ("node", "english"),
    [
        (c.Within(c.Fact("age"), Interval(18, 70), Interval(18, 70)), "age at least 18 years and at most 70 years"),
        (
            c.Within(c.Fact("performance.ecog"), Interval(-inf, 1), Interval(-inf, 1)),
            "ECOG performance status at most 1",
        ),
        (
            c.Within(c.Fact("radioiodine.cumulative_activity"), Interval(22_200, inf), Interval(22_000, inf)),
            "cumulative radioiodine activity at least 22,200 MBq (600 mCi) "
            "(unclear in the source: at least 22,000 MBq (594.5946 mCi))",
        ),
        (
            at_least(c.Fact("disease.largest_diameter"), 10 + STEP),
            "diameter of the largest lesion above 10 mm",
        ),
        (
            c.Any(tuple(c.Within(CODON, Interval(value, value), Interval(value, value)) for value in (12, 13))),
            "codon 12 or 13",
        ),
        (
            c.Within(c.Count(c.Records(LESIONS, LUNG)), Interval(-inf, 3), Interval(-inf, 3)),
            "at most 3 × lesion (lung)",
        ),
    ],
)
def test_numbers(node: c.TruthNode, english: str) -> None:
    assert describe(node, WORDS) == english


@pytest.mark.parametrize(
    ("number", "english"),
    [
        (c.Total(c.Records(LESIONS, LUNG), DIAMETER), "sum of longest diameter over each lesion (lung)"),
        (c.Largest(c.Records(LESIONS), DIAMETER), "largest longest diameter over each lesion"),
        (c.Smallest(c.Records(LESIONS), DIAMETER), "smallest longest diameter over each lesion"),
        (c.Narrowed((c.Fact("age"), c.Fact("age"))), "age"),
        (c.Narrowed((c.Count(c.Records(LESIONS, LUNG)),)), "number of entries, lesion (lung):"),
    ],
)
def test_numbers_of_a_list(number: c.NumberNode, english: str) -> None:
    assert describe(at_least(number, 18), WORDS).removesuffix(" years").removesuffix(" mm") == f"{english} at least 18"


@pytest.mark.parametrize(
    ("node", "english"),
    [
        (c.Exists(c.Records(LESIONS)), "at least one lesion"),
        (c.Exists(c.Records(LESIONS, c.All((CURRENT, LUNG)))), "at least one lesion (lung)"),
        (
            c.Exists(c.Records(LESIONS, c.All((CURRENT, LUNG, AVID)))),
            "at least one lesion (lung) with radioiodine uptake: avid",
        ),
        (c.Not(c.Exists(c.Records(LESIONS, LUNG))), "no lesion (lung)"),
        (
            c.Consensus((c.Exists(c.Records(LESIONS, LUNG)), c.Not(c.Exists(c.Records(LESIONS, c.Not(LUNG)))))),
            "listed lesion (lung)",
        ),
        (
            c.Exists(c.Records("conditions", c.IsYes("conditions.present"))),
            "at least one condition",
        ),
        (c.Not(c.Exists(c.Records(LESIONS, c.Not(AVID)))), "every lesion: radioiodine uptake: avid"),
    ],
)
def test_lists(node: c.TruthNode, english: str) -> None:
    assert describe(node, WORDS) == english
