"""The curator's tools: checks, coverage, differences, test cases and templates of trial files."""
