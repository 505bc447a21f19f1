"""Trial files and the library of trials, definitions and vocabularies."""
