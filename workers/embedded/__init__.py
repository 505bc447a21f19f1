"""The embedded stack: everything that `trialmatch up` starts on one machine."""
