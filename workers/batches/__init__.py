"""Batch work: split a file, screen its chunks, recover lost ones."""
