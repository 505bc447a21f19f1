"""Errors of the queue and the workers, without Celery for the command line."""


class WorkersError(Exception):
    """The root of this package's exceptions."""


class QueueUnavailable(WorkersError):
    """The queue does not answer; the sweeper later sends everything that is stored."""


class StackError(WorkersError):
    """The embedded stack did not start; the message names the process and its log."""
