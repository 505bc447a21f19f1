"""Turn decoded columns into a cohort: vectorised checks, and the row-by-row fallback."""
