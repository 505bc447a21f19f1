"""Reading a pasted note and reviewing what was read."""
