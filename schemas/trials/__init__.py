"""Reads trial files, and loads the library of trials, definitions and vocabularies."""
