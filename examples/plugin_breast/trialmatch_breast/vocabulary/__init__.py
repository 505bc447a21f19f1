"""Codes of receptor tests, and breast terms for vocabularies that trialmatch has."""
