"""What the tests of extraction share: short ways to ask what a text says."""

import json
from pathlib import Path
from typing import Any

from extraction.extract import extract

DATA = Path(__file__).parent / "data"


def summary(text: str, as_of: int | None = None) -> dict[str, Any]:
    """What the matcher would see of a text."""
    return extract(text, as_of=as_of).summary


def at(text: str, path: str) -> Any:
    """One fact of the summary, None if it is not there."""
    place: Any = summary(text)
    for step in path.split("."):
        place = place.get(step) if isinstance(place, dict) else None
    return place


def variants(text: str) -> set[str]:
    """Variants found, as gene and name."""
    rows = at(text, "genomics.variants") or []
    return {" ".join(str(part) for part in (row["gene"], _name(row)) if part) for row in rows}


def _name(row: dict[str, Any]) -> str:
    partner = row.get("fusion_partner", "")
    if row.get("alteration_type") == "fusion":
        return f"fusion {partner}".strip()
    return str(row.get("alteration") or (f"codon {row['codon']}" if "codon" in row else ""))


def clear(text: str) -> set[str]:
    """Genes tested and found clear."""
    return {row["gene"] for row in at(text, "genomics.tested") or []}


def drugs(text: str) -> dict[str, bool]:
    """Drugs given, and whether they still are."""
    return {row["drug"]: row["ongoing"] for row in summary(text).get("therapies", [])}


def cases(name: str, *, frozen: bool | None = None) -> list[dict[str, Any]]:
    """Annotated texts of the project, all or only those that were fixed before the rules were written."""
    rows = [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    return [row for row in rows if frozen is None or row["frozen"] is frozen]
