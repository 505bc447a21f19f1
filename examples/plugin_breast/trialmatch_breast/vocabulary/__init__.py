"""Codes of receptor tests, and breast cancer terms for existing vocabularies."""
