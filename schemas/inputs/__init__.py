"""Strict readers of JSON and YAML, and errors with paths and lines."""
