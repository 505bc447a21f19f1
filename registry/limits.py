"""What a registry file may not exceed, so that no file occupies a machine."""

MAX_LINE_BYTES = 1 << 20
"""A line, or a row with its quoted line breaks: a summary of 1,000 records, or a note of 200,000 characters."""

MAX_COLUMNS = 5_000
"""The template has some hundred facts; each list may stand in many numbered columns."""

MAX_ROWS = 50_000_000

BOMB_BYTES, BOMB_RATIO = 256 << 20, 400
"""Beyond so many bytes, a file that unpacks to so many times its size is a zip bomb: a table of the sparsest
registry packs 60 to 1 (measured)."""

BLOCK_BYTES = 8 << 20
"""What is read, cut at a row and parsed at a time."""

ROWS_PER_CHUNK = 40_000
"""Some 200 ms of work and more, and what the evaluator takes at a time."""

MAX_ROWS_OF_PATIENT = 20_000
"""Rows of one patient in long form: more than a thousand records of each list."""

MAX_GROUP_BYTES = 1 << 30
"""Unpacked bytes of a row group of a Parquet file, which can only be read whole."""
