"""Tests of trialmatch."""
