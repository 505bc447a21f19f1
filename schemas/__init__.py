"""Defines and reads the JSON and YAML shapes of patient summaries, criteria and trials."""
