"""What the API and the page both do: submit, upload, export, edit trials."""
