"""One recogniser a file: each reads one kind of fact from a reading, and knows nothing of the others."""
