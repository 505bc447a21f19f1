"""Operations and other local treatments that were done."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.therapies.status_cues import PLANNED, PRIOR
from extraction.tokenised_note import TokenisedNote

GROUPS = frozenset(
    {
        "surgery",
        "major_surgery",
        "minor_surgery",
        "biopsy",
        "needle_biopsy",
        "open_biopsy",
        "radiotherapy",
        "local_ablation",
        "external_beam_radiotherapy",
        "metastasectomy",
        "brachytherapy",
        "other_major_surgery",
    }
)
NEAR_TOTAL = re.compile(r"\b(?:TT|TTx|ATT)\b(?!\s*[<>=\d])")
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


def find_procedures(reading: TokenisedNote) -> Iterator[Mention]:
    """One finding a mention; the assembly keeps each procedure once."""
    for term in reading.of("procedure"):
        if term.code not in GROUPS:
            yield _finding(reading, term.start, term.end, term.code)
    for match in NEAR_TOTAL.finditer(reading.flat) if "TT" in reading.flat else ():
        yield _finding(reading, match.start(), match.end(), "total_thyroidectomy")


def _finding(reading: TokenisedNote, start: int, end: int, code: str) -> Mention:
    context = context_of(reading, start, end, "uncertain", "historical", "superseded")
    return Mention("procedure", {"procedure": code}, start, end, "procedures.phrase", context.categories, context.cue)


def find_radiotherapy(reading: TokenisedNote) -> Iterator[Mention]:
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
