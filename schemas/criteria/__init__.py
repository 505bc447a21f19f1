"""The criteria language: turns YAML into nodes, and loads the named definitions."""
