"""Errors of the storage package, without SQLAlchemy for the command line; messages never contain data."""


class StorageError(Exception):
    """The root of this package's exceptions."""


class StorageUnavailable(StorageError):
    """The database does not answer; the same request may succeed later."""


class StorageFull(StorageUnavailable):
    """The database has no space left; nothing was written."""


class BatchGone(StorageError):
    """A batch was deleted while it was being read."""


class IdempotencyConflict(StorageError):
    """An Idempotency-Key was sent again with another request."""
