"""Proves whether a criterion can be met by any patient."""
