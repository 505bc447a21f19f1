"""The patient summary: its facts, their types and units, and what follows from them."""
