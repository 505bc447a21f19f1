"""Measurements of this machine; `trialmatch bench` prints them."""
