"""The site's batches: upload, progress and results."""
