"""The truth of the service: sites, keys, trials, patients and matches in a database."""
