"""The header of a flat table with every fact that a registry can contain, derived from the declared facts."""

import csv
import io

from registry.decode.table_header import REFERENCE
from schemas.summary.declared_facts import declared

RECORDS_SHOWN = 2
"""Numbered records of each list in the template; a file may have more."""


def template_headers(records: int = RECORDS_SHOWN, long: bool = False) -> list[str]:
    """Return every column that a table may have. In long form each record has its own row, otherwise a number."""
    columns = [REFERENCE, *declared().facts]
    for table in declared().tables.values():
        for number in range(1 if long else records):
            place = "" if long else f"[{number}]"
            columns.extend(f"{table.path}{place}.{fact.keys[0]}" for fact in table.facts)
    return columns


def template_csv(records: int = RECORDS_SHOWN, long: bool = False) -> str:
    """Return the template as CSV: only a header."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(template_headers(records, long))
    return out.getvalue()
