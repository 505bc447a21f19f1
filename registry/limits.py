"""Every bound of the time and memory that reading and screening one registry file may take."""

# The file

MAX_LINE_BYTES = 1 << 20
"""Of a line, or of a row with its quoted line breaks: room for a summary of 1,000 records, or a note of 200,000
characters."""

MAX_COLUMNS = 5_000
"""The template has about a hundred facts; each list may have many numbered columns."""

MAX_ROWS = 50_000_000

MIN_BOMB_BYTES = 256 << 20
"""A file that decompresses to less is never taken for a decompression bomb."""

MAX_COMPRESSION_RATIO = 400
"""Decompressed size by compressed size, above which a file is a decompression bomb: a table of the sparsest registry
compresses 60 to 1 (measured)."""

MAX_ROW_GROUP_BYTES = 1 << 30
"""Decompressed bytes of a row group of a Parquet file, which can only be read whole."""

MAX_ROWS_OF_PATIENT = 20_000
"""Rows of one patient in long form: more than a thousand records of each list."""

# What is reported

MAX_FAULTS_PER_ROW = 20
MAX_FAULTS_PER_HEADER = 100

MAX_REFERENCE_CHARS_CHECKED = 200
"""Characters of a patient reference that are searched for a national number; a valid reference has at most 64."""

# Read options

MAX_MISSING_WORDS = 50
"""Words that mean a missing value."""

MAX_OPTION_CHARS = 200
"""Characters of any word of the options."""

MAX_MAPPED_HEADERS = MAX_COLUMNS
"""Entries of a header mapping, and of the values of one column."""

# Reading

FORMAT_DETECTION_BYTES = 1 << 16
"""Bytes at the start of a file that show its format."""

BLOCK_BYTES = 8 << 20
"""Read, cut at the end of a row, and parsed at a time."""

DECOMPRESSED_BYTES = 1 << 18
"""Decompressed at a time: at most this many bytes before a damaged place are lost."""

PARSE_BYTES = MAX_LINE_BYTES + 4096
"""Parsed at a time by each core: more does not fit the processor's cache, and takes twice as long (measured)."""

PARQUET_BATCH_ROWS = 20_000

# Chunks

ROWS_PER_CHUNK = 40_000
"""About 200 ms of work and more, and what the evaluator takes at a time. Every chunk decodes its distinct cells again,
so fewer rows cost more a row."""

SMALL_FILE_BYTES, SMALL_FILE_ROWS_PER_CHUNK = 16 << 20, 10_000
"""Below this size chunks are smaller, so that a small file is work for every core too."""

ROWS_PER_NOTE = 100
"""This many rows without notes take no longer than one row with a note (measured: 10 ms a note and 0.004 ms a row of
columns, but 0.5 ms a row that needs the fallback)."""

MAX_CHUNK_CELLS = 200_000
"""Cells of a chunk that are decoded one by one. A process takes ten seconds for them where every cell is refused, and
a few hundred megabytes (measured)."""

PLAIN_BYTES_PER_CELL = 40
"""Weight of text that is not dictionary-encoded: this many bytes count as one cell, as a name and its value in a line
of NDJSON."""

ENCODED_CELLS_PER_CELL = 40
"""Weight of dictionary-encoded or empty cells: this many count as one cell. A table of 5,000 columns has millions of
them in a few rows."""

# Processes

SINGLE_PROCESS_BYTES = 4 << 20
"""Up to this size one process is as fast as several, each of which would decode the distinct cells again (measured)."""

CHUNKS_PER_PROCESS = 2
"""Chunks that wait for each process: enough to keep it busy, few enough to bound the memory."""

# Caches

MAX_CACHED_VALUES = 20_000
"""Distinct values that a process caches of one column or fact: names and notes never end."""

MIN_BULK_VALUES = 50
"""Above this number of new values the bulk path of a cache is worth its overhead."""

MAX_CACHED_READERS = 5_000
MAX_CACHED_HEADERS = 64
MAX_COMPILED_SCREENS = 16

# Vectorised checks

MAX_VECTORISED_COURSES = 8
"""Radioiodine courses of one patient; more need the fallback, because comparing each pair costs their square."""

MAX_TABLE_PLACES_PER_ROW = 16
"""Distinct combinations are counted in a table of up to this many places a row; beyond it a sort is faster
(measured)."""
