"""Batches in the database: uploads, splits, chunks and results."""
