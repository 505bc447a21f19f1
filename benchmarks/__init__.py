"""Measurements of this machine: `python -m benchmarks NAME`."""
