"""Generates synthetic patient summaries as varied as a registry; the same seed gives the same patients."""

from random import Random
from typing import Any

HISTOLOGIES = ("papillary", "follicular", "oncocytic", "poorly_differentiated", "medullary", "anaplastic")
VARIANTS = (
    {"gene": "BRAF", "alteration": "V600E"},
    {"gene": "NRAS", "alteration": "p.Gln61Arg"},
    {"gene": "RET", "fusion_partner": "CCDC6"},
    {"gene": "RET", "alteration": "p.Met918Thr"},
)
SITES = ("lung", "bone", "liver", "lymph_node", "thyroid_bed")
DRUGS = ("sorafenib", "lenvatinib", "cabozantinib", "vandetanib", "dabrafenib")


def synthetic_summaries(number: int, seed: int = 7) -> list[dict[str, Any]]:
    """Return this many distinct summaries in the form in which they are submitted."""
    random = Random(seed)
    return [_summary(random, index) for index in range(number)]


def _summary(random: Random, index: int) -> dict[str, Any]:
    return {
        "patient_ref": f"B-{index:07d}",
        "age": f"{random.randint(12, 88)} years",
        "sex": random.choice(("female", "male")),
        "performance": {"ecog": random.randint(0, 3)},
        "diagnosis": {"histology": random.choice(HISTOLOGIES), "margins": random.choice(("R0", "R1", "R2"))},
        "genomics": {
            "tested": ["BRAF", "NRAS", "HRAS", "KRAS", "RET"][: random.randint(0, 5)],
            "variants": random.sample(VARIANTS, random.randint(0, 2)),
        },
        "radioiodine": _radioiodine(random),
        "disease": _disease(random),
        "therapies": [_therapy(random) for _ in range(random.randint(0, 2))],
        "therapies_complete": random.random() < 0.7,
        "conditions_complete": random.random() < 0.5,
    }


def _radioiodine(random: Random) -> dict[str, Any]:
    courses = [
        {
            "activity": f"{random.choice((30, 100, 150, 200))} mCi",
            "given": {"ago": f"{random.randint(2, 120)} months"},
            "uptake": random.choice(("avid", "non_avid", "mixed")),
        }
        for _ in range(random.randint(1, 3))
    ]
    given = random.random() < 0.8
    return {"received": True, "courses": courses, "courses_complete": True} if given else {"received": False}


def _disease(random: Random) -> dict[str, Any]:
    lesions = [
        {
            "site": random.choice(SITES),
            "longest_diameter": f"{random.randint(3, 60)} mm",
            "rai_uptake": random.choice(("avid", "non_avid")),
            "irradiated": random.random() < 0.2,
        }
        for _ in range(random.randint(0, 5))
    ]
    progression: dict[str, Any] = {"progressed": random.random() < 0.6}
    if progression["progressed"]:
        progression |= {"within": f"{random.randint(2, 24)} months", "basis": "recist_1_1"}
    return {"lesions": lesions, "lesions_complete": random.random() < 0.8, "progression": progression}


def _therapy(random: Random) -> dict[str, Any]:
    stopped = {"ago": f"{random.randint(1, 60)} weeks"}
    return {"drug": random.choice(DRUGS), "stopped": stopped, "progressed": random.random() < 0.6}
