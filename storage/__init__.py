"""Durable state of the service: sites, keys, trials, patients, matches and batches in a database."""
