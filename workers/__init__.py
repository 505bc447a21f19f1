"""The half that works: the Celery app, its tasks, the sweeper and the embedded stack."""
