"""How the batch worker makes way: whoever waits for an answer goes first, however many registries are screened."""

import os
from contextlib import suppress
from pathlib import Path

POLITENESS = 15
"""Of 0 (none) to 19. Source: nice(2)."""

AUTOGROUP = Path("/proc/self/autogroup")


def make_way() -> None:
    """Run only when others leave time; children inherit it.

    Where the kernel groups processes by session, niceness counts inside a session alone: then the group is made nice
    too. Source: sched(7), "The autogroup feature".
    """
    os.nice(POLITENESS)
    with suppress(OSError):  # no such feature, or not ours to set
        AUTOGROUP.write_text(str(POLITENESS))
