"""External radiotherapy, done or planned."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.reading import Mention, TokenisedNote
from extraction.recognise.therapy_cues import PLANNED, PRIOR

RADIOTHERAPY = re.compile(
    r"\b(?:external[- ]beam (?:radiation|radiotherapy|irradiation)(?: therapy)?|ebrt|radiotherapy|"
    r"radiation (?:therapy|treatment)|xrt|irradiation|irradiated|sbrt|sabr|imrt|stereotactic (?:body |"
    r"ablative )?(?:radiotherapy|"
    r"radiosurgery|radiation|treatment)|radiosurgery|(?<!alpha )(?<!beta )external radiation|gamma knife|cyberknife)\b"
)
KEYS = (
    "radiother",
    "radiation",
    "irradiat",
    "ebrt",
    "xrt",
    "sbrt",
    "sabr",
    "imrt",
    "stereotactic",
    "radiosurg",
    "knife",
)
OF_IODINE = re.compile(r"\b(?:radioactive iodine|radioiodine|metabolic|internal)[\s-]+$")
RADIO_NOT = re.compile(
    r"\b(?:childhood|neck in childhood|for "
    r"(?:acne|tonsil|hodgkin|lymphoma|breast|tinea)|(?:not|un|non)[- ]?(?:previously )?irradiated|radiation exposure)\b"
)
PLANS = re.compile(r"\bif\b|\bplanned|\bscheduled|\b(?:would|could|might) be\b|\b(?:is|as) an option\b")
ORDERED = re.compile(r"(?:^|[.;]\s*)for (?:palliative |adjuvant )?$|\b(?:we planned|planned)\s*$")


def find(reading: TokenisedNote) -> Iterator[Mention]:
    """A finding a mention; plans and conditions are told from what was done."""
    for match in RADIOTHERAPY.finditer(reading.lower) if reading.has(KEYS) else ():
        if OF_IODINE.search(reading.near(match.start(), match.start(), 25)) or RADIO_NOT.search(
            reading.near(match.start(), match.end(), 25, 35)
        ):
            continue
        context = context_of(reading, match.start(), match.end(), "uncertain", "historical", "superseded")
        planned = _is_planned(reading, match, context.categories)
        sites = [term.code for term in reading.within(reading.sentence_at(match.start()), "lesion_site")]
        value = {
            "procedure": "external_beam_radiotherapy",
            "status": PLANNED if planned else PRIOR,
            "sites": tuple(sites),
        }
        categories = context.categories | ({"planned"} if planned else set())
        yield Mention(
            "radiotherapy", value, match.start(), match.end(), "therapies.radiotherapy", categories, context.cue
        )


def _is_planned(reading: TokenisedNote, match: re.Match[str], categories: frozenset[str]) -> bool:
    if {"planned", "conditional"} & categories or reading.sentence_at(match.start()).section == "plan":
        return True
    after = reading.near(match.end(), match.end(), 0, 35)
    return bool(PLANS.search(after) or ORDERED.search(reading.near(match.start(), match.start(), 25)))
