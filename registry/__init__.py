"""Screen a patient registry: a file of any number of patients to verdicts, chunk by chunk, without a server."""
