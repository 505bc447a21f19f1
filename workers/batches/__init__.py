"""Work on batches: split a file, screen its chunks under a lease."""
