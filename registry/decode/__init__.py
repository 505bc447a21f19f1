"""Decode a registry table: which fact each column holds, and what each cell means."""
