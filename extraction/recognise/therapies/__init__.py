"""Finds therapies: systemic drugs with their status, procedures and radiotherapy."""
