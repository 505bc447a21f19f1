"""Assembles mentions into a patient summary: chooses among them and joins those that belong together."""
