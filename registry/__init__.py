"""A registry, screened: files of any number of patients to verdicts by chunks, without a server."""
