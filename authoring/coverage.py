"""How much of each source the encoding covers, bullet by bullet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from matching.trial import Criterion, Trial
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import parse_trial, read_trial_file

RANK = ("encoded", "confirm", "not_encoded")
"""How a bullet is accounted for; where several lines share one, the first of these that applies."""

NOT_SEEN = "not seen"
"""How the reason ends where the text of the source was not to be had."""


@dataclass(frozen=True)
class Coverage:
    """The bullets of one trial, and how each is accounted for."""

    trial: str
    how: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a bullet is not encoded, in the curator's words."""

    def counts(self) -> dict[str, int]:
        """Bullets in all, and by how they are accounted for; of those not encoded, how many nobody could see."""
        tally = {kind: sum(one == kind for one in self.how.values()) for kind in RANK}
        not_seen = sum(why.endswith(NOT_SEEN) for why in self.reasons.values())
        return {"bullets": len(self.how), **tally, "not_seen": not_seen}


def coverage(text: str, file: str) -> Coverage:
    """Account for every bullet of a trial file.

    Raises: InputError for a bullet that no line names, or that the source does not have.
    """
    trial = parse_trial(text, file)
    source, head = read_trial_file(text, file)
    expected = list(_expected(head))
    named = _named(trial)
    faults = [Fault("bullets", f"no criterion accounts for {one}") for one in expected if one not in named]
    faults += [Fault("bullets", f"{one} is beyond the bullets of the source") for one in named if one not in expected]
    if faults:
        raise InputError(faults).placed(file, source.lines)
    how = {one: min(named[one], key=RANK.index) for one in expected}
    return Coverage(trial.id, how, {one: why for one, why in _reasons(trial) if how[one] == "not_encoded"})


def share(counts: Mapping[str, int]) -> float | None:
    """The share of the bullets on facts that are encoded; of what nobody could see, none knows what it is on.

    Unknown: None, where no bullet is on a fact.
    """
    on_facts = counts["encoded"] + counts["not_encoded"] - counts["not_seen"]
    return counts["encoded"] / on_facts if on_facts else None


def _reasons(trial: Trial) -> Iterator[tuple[str, str]]:
    """The question that a line not encoded puts to the site ends in why."""
    for criterion in trial.all_criteria():
        if criterion.kind == "not_encoded":
            yield from ((bullet, criterion.questions[0].partition(": ")[2]) for bullet in criterion.bullets)


def _expected(head: dict[str, Any]) -> Iterator[str]:
    bullets = head.get("bullets", {"include": 0, "exclude": 0})
    for letter, role in (("I", "include"), ("E", "exclude")):
        yield from (f"{letter}{place}" for place in range(1, bullets[role] + 1))


def _named(trial: Trial) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for criterion in trial.all_criteria():
        for bullet in criterion.bullets:
            out.setdefault(bullet, []).append(_how(criterion))
    return out


def _how(criterion: Criterion) -> str:
    return criterion.kind if criterion.kind in ("confirm", "not_encoded") else "encoded"
