"""Export a result as CSV for the screening log, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from matching.verdict import NOT_MET
from service.page.result.match_model import MatchCard
from verdicts.match_schema import NOTICE

COLUMNS = (
    "patient", "patient_version", "matched_at", "trial", "trial_version", "title", "phase", "status", "verdict",
    "cohorts", "not_met", "missing", "to_confirm", "decision_of_the_investigator", "notice",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet reads as a formula. Source: OWASP, CSV Injection."""


def screening_log(result: dict[str, Any], cards: Sequence[MatchCard]) -> str:
    """One row per trial. The decision column stays blank for the investigator."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    matched_at = result["matched_at"].isoformat(timespec="seconds") if result["matched_at"] else ""
    for card in cards:
        writer.writerow([without_formula(str(cell)) for cell in _cells(result, matched_at, card)])
    return out.getvalue()


def _cells(result: dict[str, Any], matched_at: str, card: MatchCard) -> list[Any]:
    match = card.match
    not_met = [line["text"] for line in match["criteria"] if line["verdict"] == NOT_MET]
    cohorts = [f"{cohort['id']} {cohort['verdict']}" for cohort in match["cohorts"]]
    return [
        result["patient"], result["version"], matched_at, match["trial"], match["version"], match["title"],
        "/".join(card.phase), match["status"], match["verdict"], "; ".join(cohorts), "; ".join(not_met),
        "; ".join(missing["question"] for missing in match["missing"]), "; ".join(match["confirm"]), "", NOTICE,
    ]  # fmt: skip


def without_formula(cell: str) -> str:
    """Quote a cell that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
