"""Tools for curators of trial files: check, lint, coverage, diff, affected patients, cases, starter and JSON Schema."""
