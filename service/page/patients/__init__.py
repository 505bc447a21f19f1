"""The list of patients, the form and drafts."""
