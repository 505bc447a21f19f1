"""Breast cancer for trialmatch: receptor status, its vocabularies, a criterion kind, definitions and a trial."""
