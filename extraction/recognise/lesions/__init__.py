"""Finds lesions: sites, sizes and status."""
