"""One block of a re-screen: patients against a new version of one trial, written where it makes a difference."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from matching.trial import Trial
from schemas.inputs.faults import InputError
from schemas.summary.facts import Patient
from schemas.summary.load_stored import load_stored
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.rematched import NewMatch, exchange, headers, reorder, requeue, standings, still_matched
from storage.rescreens import RescreenBlock, RescreenCandidate, advance, begin_block, finish, load_block
from verdicts.match import match_result
from verdicts.match_schema import NOTICE
from verdicts.rematch import PastMatch, Rematched, rematch
from workers.compiled_trials import CompiledTrials

log = logging.getLogger("trialmatch.worker")

SIZE = 250
"""Patients a block: at most some 12 ms each where everybody must be read in full, well within a task's time."""
MAKES_ORDER = ("verdict", "score", "status", "missing")
"""What a match must keep for the order of a result, and its questions, to stand."""


@dataclass(frozen=True)
class BlockResult:
    """What became of a block: matches by patient, and whom it could not do."""

    matches: tuple[tuple[RescreenCandidate, Rematched], ...]
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Rescreener:
    """What one process needs to re-screen."""

    database: Database
    compiled: CompiledTrials = field(default_factory=CompiledTrials)
    size: int = SIZE
    max_attempts: int = 3

    def step(self, rescreen_id: str) -> bool:
        """Do the next block; whether there is more to do.

        Raises: StorageUnavailable; the block is then still to be done.
        """
        with self.database.session() as session:
            begin_block(session, rescreen_id, self.max_attempts)
        with self.database.session() as session:
            block = load_block(session, rescreen_id, self.size)
            trials = self.compiled.of(session, _pks(block)) if block is not None else {}
        if block is None:
            return False
        if block.seen == 0:
            with self.database.session() as session:
                return not finish(session, block)
        made = _made(trials, block)
        with self.database.session() as session:
            return _store(session, block, made)


def _pks(block: RescreenBlock) -> list[str]:
    old = (one.old_pk for one in block.candidates if one.old_pk is not None)
    return [block.rescreen_id, *dict.fromkeys(old)]


def _made(trials: dict[str, Trial], block: RescreenBlock) -> BlockResult:
    """The block matched together. Whom that fails goes the long way, one by one, and is parked if that fails too."""
    readable = [(one, patient) for one in block.candidates if (patient := _read(one)) is not None]
    before = [
        PastMatch(trials[one.old_pk], one.old_match) if one.old_pk and one.old_match else None for one, _ in readable
    ]
    try:
        found = rematch(trials[block.rescreen_id], [patient for _, patient in readable], before)
    except StorageUnavailable:
        raise
    except Exception as error:  # whatever it is, matching one by one names the patient that it is about
        log.warning("a block of %s is matched one by one: %s", block.rescreen_id, type(error).__name__)
        return BlockResult((), tuple(one.patient_version_id for one in block.candidates))
    done = tuple((one, made) for (one, _), made in zip(readable, found, strict=True))
    well = {one.patient_version_id for one, _ in done}
    return BlockResult(
        done, tuple(one.patient_version_id for one in block.candidates if one.patient_version_id not in well)
    )


def _read(candidate: RescreenCandidate) -> Patient | None:
    try:
        return load_stored(candidate.summary)
    except InputError:
        return None


def _store(session: Session, block: RescreenBlock, made: BlockResult) -> bool:
    """Write a block once, whoever else did it too; what was matched or deleted meanwhile is left as it is."""
    if not advance(session, block, _moves(block, made)):
        return False
    requeue(session, made.failed)
    ids = [one.patient_version_id for one, _ in made.matches]
    same = still_matched(session, ids, block.loaded_at)
    done = [pair for pair in made.matches if pair[0].patient_version_id in same]
    exchange(session, [
        NewMatch(one.patient_version_id, block.rescreen_id, one.old_pk, made_one.match) for one, made_one in done
    ])  # fmt: skip
    _reorder(session, [pair for pair in done if _matters(*pair)])
    return True


def _matters(before: RescreenCandidate, made: Rematched) -> bool:
    """Whether the result's order or questions may differ now."""
    if before.old_match is None or made.contradictions:
        return True
    return any(before.old_match[key] != made.match[key] for key in MAKES_ORDER)


def _reorder(session: Session, moved: Sequence[tuple[RescreenCandidate, Rematched]]) -> None:
    ids = [one.patient_version_id for one, _ in moved]
    if not ids:
        return
    stands, results = standings(session, ids), headers(session, ids)
    for one, made in moved:
        here = stands[one.patient_version_id]
        known = results[one.patient_version_id].get("contradictions", [])
        found = [*known, *(new for new in made.contradictions if new not in known)]
        result = match_result(one.patient_ref, (standing.match for standing in here), found)
        order = {match["trial"]: rank for rank, match in enumerate(result.pop("matches"))}
        reorder(session, one.patient_version_id, result | {"notice": NOTICE}, here, order)


def _moves(block: RescreenBlock, made: BlockResult) -> dict[str, int]:
    """The moves so far, with those of this block."""
    here: Counter[str] = Counter(block.moves)
    for one, rematched in made.matches:
        before, after = (one.old_match or {}).get("verdict", "new"), rematched.match["verdict"]
        if before != after:
            here[f"{before}>{after}"] += 1
    return dict(here)
