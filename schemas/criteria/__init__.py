"""The criteria language: how YAML becomes nodes, and the named definitions."""
