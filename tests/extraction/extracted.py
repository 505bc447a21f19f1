"""Shared by the tests of extraction: shortcuts to the extracted facts."""

import json
from pathlib import Path
from typing import Any

from extraction.extract import extract

DATA = Path(__file__).parent / "data"


def summary(text: str, as_of: int | None = None) -> dict[str, Any]:
    """Return the summary of a text."""
    return extract(text, as_of=as_of).summary


def at(text: str, path: str) -> Any:
    """Return the value at a path of the summary, or None."""
    value: Any = summary(text)
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def variants(text: str) -> set[str]:
    """Return the variants found, as gene and name."""
    rows = at(text, "genomics.variants") or []
    return {" ".join(str(part) for part in (row["gene"], _name(row)) if part) for row in rows}


def _name(row: dict[str, Any]) -> str:
    partner = row.get("fusion_partner", "")
    if row.get("alteration_type") == "fusion":
        return f"fusion {partner}".strip()
    return str(row.get("alteration") or (f"codon {row['codon']}" if "codon" in row else ""))


def clear(text: str) -> set[str]:
    """Return the genes with a negative test."""
    return {row["gene"] for row in at(text, "genomics.tested") or []}


def drugs(text: str) -> dict[str, bool]:
    """Return the drugs given, and whether each is ongoing."""
    return {row["drug"]: row["ongoing"] for row in summary(text).get("therapies", [])}


def cases(name: str, *, frozen: bool | None = None) -> list[dict[str, Any]]:
    """Return annotated texts, optionally only those that were (or were not) frozen before the rules were written."""
    rows = [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    return [row for row in rows if frozen is None or row["frozen"] is frozen]
