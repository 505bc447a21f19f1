"""Finds radioiodine: activities, courses, statements, judgements and uptake."""
