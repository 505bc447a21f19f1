"""Encoded trials of breast cancer."""
