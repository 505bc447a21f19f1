"""The pure core: three-valued criteria over patients stored as columns (numpy and the standard library only)."""
