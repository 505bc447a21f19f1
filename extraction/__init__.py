"""Reads clinical notes: turns prose into a patient summary, with the evidence for each fact."""
