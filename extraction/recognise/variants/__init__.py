"""Finds genes and alterations with their polarity."""
