"""Servers, synthetic patients and scenarios that the tests and the benchmarks share; not in the wheel.

A package of its own, because the benchmarks import nothing of the tests and the tests nothing of the benchmarks.
"""
