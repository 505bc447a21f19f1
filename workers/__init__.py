"""Background work: the Celery app, its tasks, the sweeper, batches and the embedded stack."""
