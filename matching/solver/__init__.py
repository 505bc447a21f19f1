"""Proofs about criteria: when they can be met, and when they can never be."""
