"""How the batch worker makes way: whoever waits for an answer goes first, however many registries are screened."""

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def make_way(niceness: int) -> None:
    """Take less time than others want, by so much (source: nice(2)); children inherit it.

    Where the kernel groups processes by session, niceness counts inside a session alone: then the group is made nice
    too. Source: sched(7), "The autogroup feature".
    """
    os.nice(niceness)
    with suppress(OSError):  # no such feature, or not ours to set
        AUTOGROUP.write_text(str(niceness))
