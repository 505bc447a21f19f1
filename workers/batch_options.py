"""What a batch keeps of how its file is read."""

from registry.options import ReadOptions
from storage.columns import Json


def stored_options(options: ReadOptions, rows_per_chunk: int) -> Json:
    """The same file must give the same chunks, however often it is begun and whatever the settings are then."""
    return {"read": options.to_json(), "rows_per_chunk": rows_per_chunk}


def read_options(stored: Json) -> ReadOptions:
    """How the file of a batch is read."""
    return ReadOptions.from_json(stored["read"])
