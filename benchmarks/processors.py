"""What processes have used of the processors."""

from resource import RUSAGE_CHILDREN, getrusage


def cpu_of_children() -> float:
    """Of all processes that this one began and that have ended. Units: seconds of all cores together."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
