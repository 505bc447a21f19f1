"""A result as CSV for the screening log, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from matching.verdict import NOT_MET
from service.page.result.match_model import ShownMatch
from verdicts.match_schema import NOTICE

COLUMNS = (
    "patient", "patient_version", "matched_at", "trial", "trial_version", "title", "phase", "status", "verdict",
    "cohorts", "not_met", "missing", "to_confirm", "decision_of_the_investigator", "notice",
)  # fmt: skip
ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula. Source: OWASP, CSV Injection."""


def screening_log(result: dict[str, Any], matches: Sequence[ShownMatch]) -> str:
    """One row a trial. The decision is left blank: the investigator's."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    matched = result["matched_at"].isoformat(timespec="seconds") if result["matched_at"] else ""
    for one in matches:
        writer.writerow([inert(str(cell)) for cell in _row(result, matched, one)])
    return out.getvalue()


def _row(result: dict[str, Any], matched: str, one: ShownMatch) -> list[Any]:
    match = one.match
    lines = [line["text"] for line in match["criteria"] if line["verdict"] == NOT_MET]
    cohorts = [f"{cohort['id']} {cohort['verdict']}" for cohort in match["cohorts"]]
    return [
        result["patient"], result["version"], matched, match["trial"], match["version"], match["title"],
        "/".join(one.phase), match["status"], match["verdict"], "; ".join(cohorts), "; ".join(lines),
        "; ".join(missing["question"] for missing in match["missing"]), "; ".join(match["confirm"]), "", NOTICE,
    ]  # fmt: skip


def inert(cell: str) -> str:
    """The cell as text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(ACTIVE) else cell
