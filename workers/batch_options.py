"""What a batch keeps of how its file is read."""

from registry.options import Format, ReadOptions
from storage.columns import Json

ROW_BY_ROW = 20
"""How much longer a row takes that is read by itself (measured: 5 ms, and a hundred times less as columns)."""


def rows_of_a_chunk(kind: Format, options: ReadOptions, rows: int) -> int:
    """Fewer where each row takes longer, so that a chunk remains the work of a second or a few."""
    slow = kind == "ndjson" or options.notes is not None
    return max(rows // ROW_BY_ROW, 1) if slow else rows


def stored_options(options: ReadOptions, rows_per_chunk: int) -> Json:
    """The same file must give the same chunks, however often it is begun and whatever the settings are then."""
    return {"read": options.to_json(), "rows_per_chunk": rows_per_chunk}


def read_options(stored: Json) -> ReadOptions:
    """How the file of a batch is read."""
    return ReadOptions.from_json(stored["read"])
