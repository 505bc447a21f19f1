"""Read a patient registry: formats, compression, row batches and chunks."""
