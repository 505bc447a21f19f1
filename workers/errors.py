"""What can go wrong between the service, the queue and the workers."""


class WorkersError(Exception):
    """The root of this package's exceptions."""


class QueueUnavailable(WorkersError):
    """The queue does not answer; what was stored is sent later by the sweeper."""


class StackError(WorkersError):
    """The embedded stack did not start; the message says which part, and where its log is."""
