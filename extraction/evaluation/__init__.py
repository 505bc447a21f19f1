"""Compares extracted facts with annotations of the same notes."""
