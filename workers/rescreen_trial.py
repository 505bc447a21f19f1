"""Re-screens the patients of a site against a new version of one trial, block by block, writing only what changed."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from matching.trial import Trial
from schemas.inputs.faults import InputError
from schemas.summary.facts import Patient
from schemas.summary.load_stored import load_stored
from settings.configuration import Settings
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.match_results import (
    NewMatch,
    lock_unchanged,
    ranked_matches,
    replace_matches,
    result_headers,
    store_ranks,
)
from storage.submission_queue import requeue_submissions
from storage.trial_rescreens import (
    RescreenBlock,
    RescreenCandidate,
    begin_block,
    complete_block,
    finish_rescreen,
    load_block,
)
from verdicts.match import match_result
from verdicts.match_schema import NOTICE
from verdicts.rematch import PastMatch, Rematched, rematch
from workers.compiled_trials import CompiledTrials

log = logging.getLogger("trialmatch.worker")

BLOCK_SIZE = 250
"""Patients per block: at most about 12 ms each if all must be read in full, well within the time limit of a task."""

RANKING_FIELDS = ("verdict", "score", "status", "missing")
"""The fields of a match that determine the ranking and the questions of a result."""


@dataclass(frozen=True)
class BlockResult:
    """The new matches of a block, and the patient versions that failed."""

    matches: tuple[tuple[RescreenCandidate, Rematched], ...]
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Rescreener:
    """The database and trials with which a process re-screens."""

    database: Database
    compiled: CompiledTrials = field(default_factory=CompiledTrials)
    size: int = BLOCK_SIZE
    max_attempts: int = Settings.max_attempts

    def rescreen_block(self, rescreen_id: str) -> bool:
        """Do the next block; return whether there is more to do.

        Raises: StorageUnavailable; the block is then not done.
        """
        with self.database.session() as session:
            begin_block(session, rescreen_id, self.max_attempts)
        with self.database.session() as session:
            block = load_block(session, rescreen_id, self.size)
            trials = self.compiled.get(session, _version_pks(block)) if block is not None else {}
        if block is None:
            return False
        if block.seen == 0:
            with self.database.session() as session:
                return not finish_rescreen(session, block)
        result = _match_block(trials, block)
        with self.database.session() as session:
            return _store(session, block, result)


def _version_pks(block: RescreenBlock) -> list[str]:
    old = (candidate.old_pk for candidate in block.candidates if candidate.old_pk is not None)
    return [block.rescreen_id, *dict.fromkeys(old)]


def _match_block(trials: dict[str, Trial], block: RescreenBlock) -> BlockResult:
    """Match the block together. Patients who fail are matched individually, and parked if that fails too."""
    readable = [(candidate, patient) for candidate in block.candidates if (patient := _read(candidate)) is not None]
    before = [
        PastMatch(trials[candidate.old_pk], candidate.old_match) if candidate.old_pk and candidate.old_match else None
        for candidate, _ in readable
    ]
    try:
        rematched = rematch(trials[block.rescreen_id], [patient for _, patient in readable], before)
    except StorageUnavailable:
        raise
    except Exception as error:  # any error: matching individually finds the patient that causes it
        log.warning("matching the patients of a block of %s individually: %s", block.rescreen_id, type(error).__name__)
        return BlockResult((), tuple(candidate.patient_version_id for candidate in block.candidates))
    matches = tuple((candidate, match) for (candidate, _), match in zip(readable, rematched, strict=True))
    done = {candidate.patient_version_id for candidate, _ in matches}
    versions = (candidate.patient_version_id for candidate in block.candidates)
    return BlockResult(matches, tuple(version for version in versions if version not in done))


def _read(candidate: RescreenCandidate) -> Patient | None:
    try:
        return load_stored(candidate.summary)
    except InputError:
        return None


def _store(session: Session, block: RescreenBlock, result: BlockResult) -> bool:
    """Write a block once, even if several tasks did it; skip patients that were matched or deleted meanwhile."""
    if not complete_block(session, block, _moves(block, result)):
        return False
    requeue_submissions(session, result.failed)
    ids = [candidate.patient_version_id for candidate, _ in result.matches]
    unchanged = lock_unchanged(session, ids, block.loaded_at)
    stored = [pair for pair in result.matches if pair[0].patient_version_id in unchanged]
    replace_matches(session, [
        NewMatch(candidate.patient_version_id, block.rescreen_id, candidate.old_pk, rematched.match)
        for candidate, rematched in stored
    ])  # fmt: skip
    _rank_again(session, [pair for pair in stored if _changes_ranking(*pair)])
    return True


def _changes_ranking(before: RescreenCandidate, after: Rematched) -> bool:
    """Return whether the result's ranking or questions may differ now."""
    if before.old_match is None or after.contradictions:
        return True
    return any(before.old_match[key] != after.match[key] for key in RANKING_FIELDS)


def _rank_again(session: Session, changed: Sequence[tuple[RescreenCandidate, Rematched]]) -> None:
    ids = [candidate.patient_version_id for candidate, _ in changed]
    if not ids:
        return
    matches_of, header_of = ranked_matches(session, ids), result_headers(session, ids)
    for candidate, rematched in changed:
        matches = matches_of[candidate.patient_version_id]
        known = header_of[candidate.patient_version_id].get("contradictions", [])
        contradictions = [*known, *(new for new in rematched.contradictions if new not in known)]
        result = match_result(candidate.patient_ref, (ranked.match for ranked in matches), contradictions)
        order = {match["trial"]: rank for rank, match in enumerate(result.pop("matches"))}
        store_ranks(session, candidate.patient_version_id, result | {"notice": NOTICE}, matches, order)


def _moves(block: RescreenBlock, result: BlockResult) -> dict[str, int]:
    """Return the verdict changes so far, including those of this block."""
    moves: Counter[str] = Counter(block.moves)
    for candidate, rematched in result.matches:
        before, after = (candidate.old_match or {}).get("verdict", "new"), rematched.match["verdict"]
        if before != after:
            moves[f"{before}>{after}"] += 1
    return dict(moves)
