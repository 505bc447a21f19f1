"""Trials, named definitions and vocabularies as data files."""
