"""Precision, recall and F1 of extraction against annotated texts, fact by fact, with every miss."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.evaluation.annotated_facts import FactItem
from extraction.evaluation.extracted_facts import COMPARED_FACTS
from extraction.extract import extract


@dataclass
class FactScore:
    """Counts of one fact over all texts."""

    correct: int = 0
    spurious: int = 0
    missed: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Precision is 1 where nothing was found, and recall where there was nothing to find."""
        found, there = self.correct + self.spurious, self.correct + self.missed
        precision, recall = self.correct / found if found else 1.0, self.correct / there if there else 1.0
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
    report = EvaluationReport({name: FactScore() for name in COMPARED_FACTS})
    for case in cases:
        extraction = extract(case["narrative"])
        for name, (annotated, read) in COMPARED_FACTS.items():
            _count_case(report, name, str(case.get("id", "")), annotated(case["facts"]), read(extraction))
    return report


def _count_case(
    report: EvaluationReport, name: str, case: str, annotated: Sequence[FactItem], found: Sequence[FactItem]
) -> None:
    score, unmatched = report.scores[name], list(annotated)
    for item in found:
        if (match := next((other for other in unmatched if _items_agree(item, other)), None)) is not None:
            unmatched.remove(match)
            score.correct += 1
        else:
            score.spurious += 1
            report.misses.append({"case": case, "fact": name, "kind": "too_much", "item": [str(part) for part in item]})
    score.missed += len(unmatched)
    report.misses += [
        {"case": case, "fact": name, "kind": "missed", "item": [str(part) for part in item]} for item in unmatched
    ]


def _items_agree(extracted: FactItem, annotated: FactItem) -> bool:
    """Numbers agree within 2 percent: annotations convert and round."""
    if len(extracted) != len(annotated):
        return False
    return all(
        _parts_agree(extracted_part, annotated_part)
        for extracted_part, annotated_part in zip(extracted, annotated, strict=True)
    )


def _parts_agree(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 0.02 * max(abs(a), abs(b), 0.01)
    return bool(a == b)
