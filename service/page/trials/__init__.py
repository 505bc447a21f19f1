"""The site's trials: list, details, editor and re-screens."""
