"""The built-in criterion kinds. A module added here is found and its kinds are used."""
