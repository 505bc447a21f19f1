"""What came of a chunk: verdicts, faults and what each criterion removed, as compressed columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.truth import Truths
from matching.verdict import VERDICT_OF
from registry.read.chunk import pack, unpack
from registry.screen.row_faults import RowFault, grouped, ungrouped

ROW, REFERENCE = "row", "patient_ref"


@dataclass(frozen=True)
class Attrition:
    """How many patients one criterion of a trial removes.

    `alone`: those for whom it surely is not met; `in_sequence`: of those, whom no criterion before it removed. The
    `unknown` ones likewise: neither surely met nor surely not. `left_unknown`: of those left after it, for whom it or
    one before it is unknown.
    """

    path: str
    alone: int = 0
    alone_unknown: int = 0
    in_sequence: int = 0
    in_sequence_unknown: int = 0
    left_unknown: int = 0

    def __add__(self, other: "Attrition") -> "Attrition":
        return Attrition(
            self.path,
            self.alone + other.alone,
            self.alone_unknown + other.alone_unknown,
            self.in_sequence + other.in_sequence,
            self.in_sequence_unknown + other.in_sequence_unknown,
            self.left_unknown + other.left_unknown,
        )

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class TrialResult:
    """One version of a trial over a chunk. Shape: `verdicts` int8, one a matched row."""

    id: str
    version: str
    verdicts: Truths
    attrition: tuple[Attrition, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Patients by verdict."""
        return {name: int(np.count_nonzero(self.verdicts == truth)) for truth, name in VERDICT_OF.items()}


@dataclass(frozen=True)
class ChunkResult:
    """The rows of a chunk that could be matched, and what is wrong with the others.

    Shape: `numbers` int64 and `references`, one a matched row. `assumed` are the lists taken for complete.
    """

    numbers: NDArray[np.int64]
    references: pa.Array
    trials: tuple[TrialResult, ...]
    faults: tuple[RowFault, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def matched(self) -> int:
        return len(self.numbers)

    @cached_property
    def bad(self) -> int:
        """Rows that could not be matched."""
        return len({fault.row for fault in self.faults})

    @property
    def rows(self) -> int:
        """Rows of the file, good and bad."""
        return self.matched + self.bad

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Patients by trial and verdict."""
        return {trial.id: trial.counts for trial in self.trials}

    @property
    def versions(self) -> dict[str, str]:
        """The version of each trial that was matched."""
        return {trial.id: trial.version for trial in self.trials}

    def only(self, trials: Iterable[str]) -> "ChunkResult":
        """The same for some of its trials."""
        kept = set(trials)
        chosen = tuple(trial for trial in self.trials if trial.id in kept)
        return ChunkResult(self.numbers, self.references, chosen, self.faults, self.assumed)

    def to_bytes(self) -> bytes:
        """The same bytes for the same result."""
        columns = [pa.array(self.numbers), self.references, *(pa.array(trial.verdicts) for trial in self.trials)]
        names = [ROW, REFERENCE, *(trial.id for trial in self.trials)]
        about = {
            "versions": [trial.version for trial in self.trials],
            "attrition": [[list(one.to_json().values()) for one in trial.attrition] for trial in self.trials],
            "faults": grouped(self.faults),
            "assumed": list(self.assumed),
        }
        return pack(pa.Table.from_arrays(columns, names=names), about)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChunkResult":
        """The result that `to_bytes` wrote."""
        table, about = unpack(data)
        columns = [one.combine_chunks() for one in table.columns]
        trials = tuple(
            TrialResult(name, version, values.to_numpy(), tuple(Attrition(*one) for one in attrition))
            for name, version, values, attrition in zip(
                table.column_names[2:], about["versions"], columns[2:], about["attrition"], strict=True
            )
        )
        faults = ungrouped(about["faults"])
        return cls(columns[0].to_numpy(), columns[1], trials, faults, tuple(about["assumed"]))
