"""What can go wrong with the database; messages never hold data."""


class StorageError(Exception):
    """The root of this package's exceptions."""


class StorageUnavailable(StorageError):
    """The database does not answer; the same request may succeed later."""


class StorageFull(StorageUnavailable):
    """The database has no room left; nothing was written."""


class BatchGone(StorageError):
    """A batch was deleted while it was being read."""


class IdempotencyConflict(StorageError):
    """An Idempotency-Key came again with another request."""
