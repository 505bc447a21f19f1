"""Decode a registry table: find the fact of each column and read each cell."""
