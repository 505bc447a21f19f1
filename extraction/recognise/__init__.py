"""One recogniser a file: each reads one kind of fact from a note, and knows nothing of the others."""
