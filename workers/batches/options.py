"""What a batch keeps of how its file is read."""

from registry.options import ReadOptions
from storage.column_types import Json

NOTE_ROWS = 100
"""So many rows without notes take no longer than one with a note (measured: a note takes 10 ms, and a row of columns
0.004; but a row may have to be read by itself to tell what is wrong with it, and takes 0.5)."""


def stored_options(options: ReadOptions, rows_per_chunk: int) -> Json:
    """The same file must give the same chunks, however often it is begun and whatever the settings are then.

    A chunk remains the work of a second or a few where its rows have notes.
    """
    rows = max(rows_per_chunk // NOTE_ROWS, 1) if options.notes else rows_per_chunk
    return {"read": options.to_json(), "rows_per_chunk": rows}


def read_options(stored: Json) -> ReadOptions:
    """How the file of a batch is read."""
    return ReadOptions.from_json(stored["read"])
