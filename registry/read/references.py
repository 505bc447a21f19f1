"""Patient references that a file has used, so that none counts twice."""

from collections.abc import Iterable

from registry.screen.row_faults import RowFault

REPEATED = "another row of this file has this reference (keep one row a patient)"


class SeenReferences:
    """The references seen so far. Units: some 100 bytes each, the only thing that grows with the file."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def repeated(self, rows: Iterable[int], references: list[str | None]) -> list[RowFault]:
        """A fault for each row whose reference was seen before; a missing one is another's fault to find."""
        fresh = [one for one in references if one is not None]
        new = set(fresh)
        if len(new) == len(fresh) and self._seen.isdisjoint(new):
            self._seen |= new
            return []
        return [
            RowFault(row, "patient_ref", REPEATED)
            for row, one in zip(rows, references, strict=True)
            if one is not None and self._was_seen(one)
        ]

    def _was_seen(self, reference: str) -> bool:
        known = reference in self._seen
        self._seen.add(reference)
        return known
