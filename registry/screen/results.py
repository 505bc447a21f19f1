"""The result of a chunk: verdicts, faults and the attrition of each criterion, packed as compressed columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.truth import Truths
from matching.verdict import VERDICT_OF
from registry.decode.table_header import REFERENCE
from registry.read.chunk import RowFault, group_faults, pack, ungroup_faults, unpack
from registry.screen.attrition import Attrition

ROW_COLUMN = "row"


@dataclass(frozen=True)
class TrialResult:
    """One version of a trial over a chunk. Shape: `verdicts` int8, one per matched row."""

    id: str
    version: str
    verdicts: Truths
    attrition: tuple[Attrition, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of patients with each verdict."""
        return {name: int(np.count_nonzero(self.verdicts == truth)) for truth, name in VERDICT_OF.items()}


@dataclass(frozen=True)
class ChunkResult:
    """The rows of a chunk that were matched, and the faults of the others.

    Shape: `numbers` int64 and `references`, one per matched row. `assumed` are the lists assumed complete.
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
        """Rows of the file, matched or not."""
        return self.matched + self.bad

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of patients with each verdict, by trial."""
        return {trial.id: trial.counts for trial in self.trials}

    @property
    def versions(self) -> dict[str, str]:
        """The matched version of each trial."""
        return {trial.id: trial.version for trial in self.trials}

    def select_trials(self, trial_ids: Iterable[str]) -> "ChunkResult":
        """Return the result for some of its trials."""
        wanted = set(trial_ids)
        chosen = tuple(trial for trial in self.trials if trial.id in wanted)
        return ChunkResult(self.numbers, self.references, chosen, self.faults, self.assumed)

    def to_bytes(self) -> bytes:
        """Pack the result; equal results give equal bytes."""
        columns = [pa.array(self.numbers), self.references, *(pa.array(trial.verdicts) for trial in self.trials)]
        names = [ROW_COLUMN, REFERENCE, *(trial.id for trial in self.trials)]
        about = {
            "versions": [trial.version for trial in self.trials],
            "attrition": [[list(line.to_json().values()) for line in trial.attrition] for trial in self.trials],
            "faults": group_faults(self.faults),
            "assumed": list(self.assumed),
        }
        return pack(pa.Table.from_arrays(columns, names=names), about)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChunkResult":
        """Unpack what `to_bytes` packed."""
        table, about = unpack(data)
        columns = [column.combine_chunks() for column in table.columns]
        trials = tuple(
            TrialResult(name, version, values.to_numpy(), tuple(Attrition(*line) for line in attrition))
            for name, version, values, attrition in zip(
                table.column_names[2:], about["versions"], columns[2:], about["attrition"], strict=True
            )
        )
        faults = ungroup_faults(about["faults"])
        return cls(columns[0].to_numpy(), columns[1], trials, faults, tuple(about["assumed"]))
