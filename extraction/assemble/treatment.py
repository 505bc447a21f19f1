"""Assembles systemic drugs, procedures, conditions and laboratory values."""

from collections.abc import Sequence
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.therapies.find_therapies import is_most_specific
from extraction.recognise.therapies.status_cues import CURRENT, NOT_GIVEN, PLANNED, PRIOR, STARTED
from schemas.summary.vocabulary import vocabularies

GIVEN_STATUSES = (PRIOR, CURRENT, STARTED)


def assemble(draft: SummaryDraft) -> None:
    """Add treatments, other conditions and laboratory values to the summary."""
    _therapies(draft)
    _procedures(draft)
    _conditions(draft)
    for lab in draft.used("lab"):
        if not lab.context & {"negated", "uncertain"}:
            draft.add_record("labs", {"analyte": lab.value["analyte"], "value": lab.value["value"]}, [lab])


def _therapies(draft: SummaryDraft) -> None:
    drugs = drug_statuses(draft)
    for code, (status, mentions) in drugs.items():
        if status in (PRIOR, CURRENT):
            record: dict[str, Any] = {"drug": code, "ongoing": status == CURRENT}
            for key in ("stop_reason", "stopped", "progressed"):
                if status == PRIOR and (values := [mention.value[key] for mention in mentions if key in mention.value]):
                    record[key] = values[-1]
            draft.add_record("therapies", record, mentions)
    none = draft.used("no_therapy")
    if none and not any(status in (PRIOR, CURRENT) for status, _ in drugs.values()):
        draft.set_value("therapies", [], none)
        draft.set_value("therapies_complete", True, none)


def drug_statuses(draft: SummaryDraft) -> dict[str, tuple[str, list[Mention]]]:
    """Return the final status of each drug, with its mentions."""
    by_code: dict[str, list[Mention]] = {}
    for mention in draft.of_kinds("therapy"):
        if not mention.context & {"family", "other_person", "superseded"}:
            by_code.setdefault(mention.value["drug"], []).append(mention)
    by_drug = {code: (status, mentions) for code, mentions in by_code.items() if (status := _final_status(mentions))}
    if draft.used("died"):
        by_drug = {
            code: (PRIOR if status == CURRENT else status, mentions) for code, (status, mentions) in by_drug.items()
        }
    codes = {code for code, (status, _) in by_drug.items()}
    return {code: value for code, value in by_drug.items() if is_most_specific(code, codes)}


def _final_status(mentions: Sequence[Mention]) -> str:
    """Return the last status in which the drug was given. Planned and refused count only if it was never given."""
    given = [
        mention.value["status"] for mention in mentions if mention.value["status"] in GIVEN_STATUSES and mention.used
    ]
    if given:
        return CURRENT if given[-1] in (CURRENT, STARTED) and not _is_stopped(given) else PRIOR
    if vocabularies()["drug"].terms[mentions[0].value["drug"]].group and mentions[-1].value["status"] == NOT_GIVEN:
        return ""
    not_started = [mention.value["status"] for mention in mentions if mention.value["status"] in (PLANNED, NOT_GIVEN)]
    return not_started[-1] if not_started else ""


def _is_stopped(given: Sequence[str]) -> bool:
    """Whether the drug was stopped. `started` after `stopped` looks back; `current` after `stopped` is a new start."""
    return PRIOR in given and given[-1] == STARTED


def _procedures(draft: SummaryDraft) -> None:
    for procedure in draft.used("procedure"):
        if not procedure.context & {"uncertain"} and procedure.value["procedure"] not in [
            row["procedure"] for row in draft.summary.get("procedures", [])
        ]:
            draft.add_record("procedures", {"procedure": procedure.value["procedure"]}, [procedure])
    done = draft.used("radiotherapy")
    if done:
        draft.add_record("procedures", {"procedure": "external_beam_radiotherapy"}, done)


def _conditions(draft: SummaryDraft) -> None:
    """Add each condition: present if any mention says so, absent only if all do."""
    by_code: dict[str, list[Mention]] = {}
    for mention in draft.used("condition"):
        by_code.setdefault(mention.value["condition"], []).append(mention)
    for code, mentions in by_code.items():
        present = any(mention.value["present"] for mention in mentions)
        sources = [mention for mention in mentions if mention.value["present"] == present]
        draft.add_record("conditions", {"condition": code} | ({} if present else {"present": False}), sources)
