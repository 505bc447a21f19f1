"""Finds local treatments that were done: operations, other procedures and external radiotherapy."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.therapies.status_cues import PLANNED, PRIOR
from extraction.tokenised_note import TokenisedNote

PROCEDURE_GROUPS = frozenset(
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
THYROIDECTOMY_ABBREVIATION = re.compile(r"\b(?:TT|TTx|ATT)\b(?!\s*[<>=\d])")
RADIOTHERAPY = re.compile(
    r"\b(?:external[- ]beam (?:radiation|radiotherapy|irradiation)(?: therapy)?|ebrt|radiotherapy|"
    r"radiation (?:therapy|treatment)|xrt|irradiation|irradiated|sbrt|sabr|imrt|stereotactic (?:body |"
    r"ablative )?(?:radiotherapy|"
    r"radiosurgery|radiation|treatment)|radiosurgery|(?<!alpha )(?<!beta )external radiation|gamma knife|cyberknife)\b"
)
RADIOTHERAPY_SUBSTRINGS = (
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
IODINE_BEFORE = re.compile(r"\b(?:radioactive iodine|radioiodine|metabolic|internal)[\s-]+$")
NOT_CANCER_RADIOTHERAPY = re.compile(
    r"\b(?:childhood|neck in childhood|for "
    r"(?:acne|tonsil|hodgkin|lymphoma|breast|tinea)|(?:not|un|non)[- ]?(?:previously )?irradiated|radiation exposure)\b"
)
PLANNED_AFTER = re.compile(r"\bif\b|\bplanned|\bscheduled|\b(?:would|could|might) be\b|\b(?:is|as) an option\b")
ORDERED_BEFORE = re.compile(r"(?:^|[.;]\s*)for (?:palliative |adjuvant )?$|\b(?:we planned|planned)\s*$")


def find_procedures(note: TokenisedNote) -> Iterator[Mention]:
    """Yield every mention; the assembly uses each procedure once."""
    for hit in note.hits_of("procedure"):
        if hit.code not in PROCEDURE_GROUPS:
            yield _procedure_mention(note, hit.start, hit.end, hit.code)
    for match in THYROIDECTOMY_ABBREVIATION.finditer(note.flat) if "TT" in note.flat else ():
        yield _procedure_mention(note, match.start(), match.end(), "total_thyroidectomy")


def _procedure_mention(note: TokenisedNote, start: int, end: int, code: str) -> Mention:
    context = context_of(note, start, end, "uncertain", "historical", "superseded")
    return Mention("procedure", {"procedure": code}, start, end, "procedures.phrase", context.categories, context.cue)


def find_radiotherapy(note: TokenisedNote) -> Iterator[Mention]:
    """Yield every mention of radiotherapy, done or planned."""
    for match in RADIOTHERAPY.finditer(note.lower) if note.contains_any(RADIOTHERAPY_SUBSTRINGS) else ():
        if IODINE_BEFORE.search(note.text_near(match.start(), match.start(), 25)) or NOT_CANCER_RADIOTHERAPY.search(
            note.text_near(match.start(), match.end(), 25, 35)
        ):
            continue
        context = context_of(note, match.start(), match.end(), "uncertain", "historical", "superseded")
        planned = _is_planned(note, match, context.categories)
        sites = [hit.code for hit in note.hits_in(note.sentence_at(match.start()), "lesion_site")]
        value = {
            "procedure": "external_beam_radiotherapy",
            "status": PLANNED if planned else PRIOR,
            "sites": tuple(sites),
        }
        categories = context.categories | ({"planned"} if planned else set())
        yield Mention(
            "radiotherapy", value, match.start(), match.end(), "therapies.radiotherapy", categories, context.cue
        )


def _is_planned(note: TokenisedNote, match: re.Match[str], categories: frozenset[str]) -> bool:
    if {"planned", "conditional"} & categories or note.sentence_at(match.start()).section == "plan":
        return True
    after = note.text_near(match.end(), match.end(), 0, 35)
    return bool(PLANNED_AFTER.search(after) or ORDERED_BEFORE.search(note.text_near(match.start(), match.start(), 25)))
