"""Systemic drugs, procedures, conditions and laboratory values."""

from collections.abc import Sequence
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.therapies.find_therapies import specific
from extraction.recognise.therapies.status_cues import CURRENT, NOT_GIVEN, PLANNED, PRIOR, STARTED
from schemas.summary.vocabulary import vocabularies

GIVEN = (PRIOR, CURRENT, STARTED)


def assemble(draft: SummaryDraft) -> None:
    """What was done and what is known beside the cancer."""
    _therapies(draft)
    _procedures(draft)
    _conditions(draft)
    for one in draft.used("lab"):
        if not one.context & {"negated", "uncertain"}:
            draft.add("labs", {"analyte": one.value["analyte"], "value": one.value["value"]}, [one])


def _therapies(draft: SummaryDraft) -> None:
    drugs = statuses(draft)
    for code, (status, mentions) in drugs.items():
        if status in (PRIOR, CURRENT):
            record: dict[str, Any] = {"drug": code, "ongoing": status == CURRENT}
            for key in ("stop_reason", "stopped", "progressed"):
                if status == PRIOR and (found := [one.value[key] for one in mentions if key in one.value]):
                    record[key] = found[-1]
            draft.add("therapies", record, mentions)
    none = draft.used("no_therapy")
    if none and not any(status in (PRIOR, CURRENT) for status, _ in drugs.values()):
        draft.put("therapies", [], none)
        draft.put("therapies_complete", True, none)


def statuses(draft: SummaryDraft) -> dict[str, tuple[str, list[Mention]]]:
    """Each drug with what became of it, and the mentions that say so."""
    by_code: dict[str, list[Mention]] = {}
    for one in draft.every("therapy"):
        if not one.context & {"family", "other_person", "superseded"}:
            by_code.setdefault(one.value["drug"], []).append(one)
    found = {code: (status, mentions) for code, mentions in by_code.items() if (status := _status(mentions))}
    if draft.used("died"):
        found = {code: (PRIOR if status == CURRENT else status, mentions) for code, (status, mentions) in found.items()}
    told = {code for code, (status, _) in found.items()}
    return {code: value for code, value in found.items() if specific(code, told)}


def _status(mentions: Sequence[Mention]) -> str:
    """The last word on whether it is still given; planned and refused count only where it never was."""
    given = [one.value["status"] for one in mentions if one.value["status"] in GIVEN and one.used]
    if given:
        return CURRENT if given[-1] in (CURRENT, STARTED) and not _stopped(given) else PRIOR
    if vocabularies()["drug"].terms[mentions[0].value["drug"]].group and mentions[-1].value["status"] == NOT_GIVEN:
        return ""
    rest = [one.value["status"] for one in mentions if one.value["status"] in (PLANNED, NOT_GIVEN)]
    return rest[-1] if rest else ""


def _stopped(given: Sequence[str]) -> bool:
    """`Started` after `stopped` is a look back, not a new start; `current` after it is one."""
    return PRIOR in given and given[-1] == STARTED


def _procedures(draft: SummaryDraft) -> None:
    for one in draft.used("procedure"):
        if not one.context & {"uncertain"} and one.value["procedure"] not in [
            row["procedure"] for row in draft.summary.get("procedures", [])
        ]:
            draft.add("procedures", {"procedure": one.value["procedure"]}, [one])
    done = draft.used("radiotherapy")
    if done:
        draft.add("procedures", {"procedure": "external_beam_radiotherapy"}, done)


def _conditions(draft: SummaryDraft) -> None:
    """Present where any mention says so; absent only where all do."""
    by_code: dict[str, list[Mention]] = {}
    for one in draft.used("condition"):
        by_code.setdefault(one.value["condition"], []).append(one)
    for code, mentions in by_code.items():
        present = any(one.value["present"] for one in mentions)
        sources = [one for one in mentions if one.value["present"] == present]
        draft.add("conditions", {"condition": code} | ({} if present else {"present": False}), sources)
