"""Precision, recall and F1 of extraction against annotated texts, fact by fact, with every miss."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.evaluation.annotated_facts import Item
from extraction.evaluation.extracted_facts import READERS
from extraction.extract import extract


@dataclass
class FactScore:
    """Counts of one fact over all texts."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Precision is 1 where nothing was found, and recall where there was nothing to find."""
        found, there = self.right + self.wrong, self.right + self.missed
        precision, recall = self.right / found if found else 1.0, self.right / there if there else 1.0
        return {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
            "support": there,
            "found": found,
        }


@dataclass
class EvaluationReport:
    """Scores by fact, and what was missed or found too much."""

    scores: dict[str, FactScore] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Macro F1 is the mean over the facts that the annotations hold at least once."""
        facts = {name: score.to_json() for name, score in self.scores.items()}
        counted = [fact["f1"] for fact in facts.values() if fact["support"]]
        macro = sum(counted) / len(counted) if counted else 0.0
        return {"macro_f1": round(macro, 4), "facts": facts, "misses": self.misses}


def evaluate(cases: Iterable[Mapping[str, Any]]) -> EvaluationReport:
    """Compare what is read with what is annotated, text by text."""
    report = EvaluationReport({name: FactScore() for name in READERS})
    for case in cases:
        found = extract(case["narrative"])
        for name, (annotated, read) in READERS.items():
            _count(report, name, str(case.get("id", "")), annotated(case["facts"]), read(found))
    return report


def _count(report: EvaluationReport, name: str, case: str, annotated: Sequence[Item], found: Sequence[Item]) -> None:
    score, left = report.scores[name], list(annotated)
    for item in found:
        if (match := next((other for other in left if _agree(item, other)), None)) is not None:
            left.remove(match)
            score.right += 1
        else:
            score.wrong += 1
            report.misses.append({"case": case, "fact": name, "kind": "too_much", "item": [str(part) for part in item]})
    score.missed += len(left)
    report.misses += [
        {"case": case, "fact": name, "kind": "missed", "item": [str(part) for part in item]} for item in left
    ]


def _agree(one: Item, other: Item) -> bool:
    """Numbers agree within 2 percent: annotations convert and round."""
    if len(one) != len(other):
        return False
    return all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 0.02 * max(abs(a), abs(b), 0.01)
    return bool(a == b)
