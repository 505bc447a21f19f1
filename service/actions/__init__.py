"""Actions that the API and the page share: submit patients, upload and export batches, edit trials."""
