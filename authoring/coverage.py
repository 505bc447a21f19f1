"""Counts which bullets of a source a trial file encodes, asks at the site, or does not encode."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from matching.trial import Criterion, Trial
from schemas.criteria.kinds.not_encoded import CHECK_PROTOCOL
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import TrialFile

HANDLINGS = ("encoded", "confirm", "not_encoded")
"""How a bullet is handled. If several criteria name the same bullet, the first of these that applies counts."""

NOT_SEEN = "not in our data"
"""The reason ends in these words if the text of the source was not available."""


@dataclass(frozen=True)
class Coverage:
    """The bullets of one trial, and how each is handled."""

    trial: str
    handling: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a bullet is not encoded, in the curator's words."""

    def counts(self) -> dict[str, int]:
        """The number of bullets, in all and by handling; of those not encoded, how many were not available."""
        by_handling = {kind: sum(handling == kind for handling in self.handling.values()) for kind in HANDLINGS}
        not_seen = sum(reason.endswith(NOT_SEEN) for reason in self.reasons.values())
        return {"bullets": len(self.handling), **by_handling, "not_seen": not_seen}


def coverage(file: TrialFile) -> Coverage:
    """Account for every bullet of a trial file.

    Raises: InputError for a bullet that no criterion names, or that the source does not have.
    """
    expected = list(_expected_bullets(file.head))
    named = _named_bullets(file.trial)
    faults = [Fault("bullets", f"no criterion accounts for {bullet}") for bullet in expected if bullet not in named]
    faults += [Fault("bullets", f"the source has no bullet {bullet}") for bullet in named if bullet not in expected]
    if faults:
        raise InputError(faults).placed(file.name, file.document.lines)
    handling = {bullet: min(named[bullet], key=HANDLINGS.index) for bullet in expected}
    reasons = {bullet: why for bullet, why in _reasons(file.trial) if handling[bullet] == "not_encoded"}
    return Coverage(file.trial.id, handling, reasons)


def encoded_share(counts: Mapping[str, int]) -> float | None:
    """The encoded share of the bullets about facts. Bullets nobody has seen are left out: their subject is unknown.

    Unknown: None, if no bullet is about a fact.
    """
    about_facts = counts["encoded"] + counts["not_encoded"] - counts["not_seen"]
    return counts["encoded"] / about_facts if about_facts else None


def _reasons(trial: Trial) -> Iterator[tuple[str, str]]:
    """Each bullet that is not encoded with the reason, which starts the question to the site."""
    for criterion in trial.all_criteria():
        if criterion.kind == "not_encoded":
            yield from ((bullet, criterion.questions[0].removesuffix(CHECK_PROTOCOL)) for bullet in criterion.bullets)


def _expected_bullets(head: Mapping[str, Any]) -> Iterator[str]:
    bullets = head.get("bullets", {"include": 0, "exclude": 0})
    for letter, role in (("I", "include"), ("E", "exclude")):
        yield from (f"{letter}{number}" for number in range(1, bullets[role] + 1))


def _named_bullets(trial: Trial) -> dict[str, list[str]]:
    """The bullets that criteria name, each with how those criteria handle it."""
    named: dict[str, list[str]] = {}
    for criterion in trial.all_criteria():
        for bullet in criterion.bullets:
            named.setdefault(bullet, []).append(_handling_of(criterion))
    return named


def _handling_of(criterion: Criterion) -> str:
    return criterion.kind if criterion.kind in ("confirm", "not_encoded") else "encoded"
