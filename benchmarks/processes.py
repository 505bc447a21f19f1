"""CPU time and memory of processes and their children."""

import os
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage


def cpu_of_ended_children() -> float:
    """Return the CPU time of all ended children of this process. Units: seconds of all cores together."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of_family(pid: int) -> float:
    """Return the CPU time of a running process, its descendants and those that ended. Units: s.

    Source: proc(5), fields 14 to 17 of stat.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, fields)) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_of_family, children(pid)))


def memory_of_family(pid: int) -> float:
    """Return the memory of a process and its descendants. Units: MB.

    A page that several processes share counts in part for each, so that the sum is true.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        below = children(pid)
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
    return own + sum(map(memory_of_family, below))


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
