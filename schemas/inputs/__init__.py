"""Strict readers of JSON and YAML, and errors that name the place."""
