"""Recognisers: each finds mentions of one kind of fact in a note and is independent of the others."""
