"""Data, not code: trials, named definitions and vocabularies."""
