"""Computes precision, recall and F1 of the extraction on annotated notes, per fact, and lists every error."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.evaluation.annotated_facts import FactItem
from extraction.evaluation.extracted_facts import COMPARED_FACTS
from extraction.extract import extract


@dataclass
class FactScore:
    """Counts for one fact over all notes."""

    correct: int = 0
    spurious: int = 0
    missed: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Return the scores. Precision is 1 if nothing was extracted; recall is 1 if nothing was annotated."""
        found, annotated = self.correct + self.spurious, self.correct + self.missed
        precision, recall = self.correct / found if found else 1.0, self.correct / annotated if annotated else 1.0
        return {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
            "support": annotated,
            "found": found,
        }


@dataclass
class EvaluationReport:
    """Scores by fact, and the items that were missed or extracted by mistake."""

    scores: dict[str, FactScore] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the report. Macro F1 is the mean over the facts that are annotated at least once."""
        facts = {name: score.to_json() for name, score in self.scores.items()}
        counted = [fact["f1"] for fact in facts.values() if fact["support"]]
        macro = sum(counted) / len(counted) if counted else 0.0
        return {"macro_f1": round(macro, 4), "facts": facts, "misses": self.misses}


def evaluate(cases: Iterable[Mapping[str, Any]]) -> EvaluationReport:
    """Compare the extracted facts with the annotated facts, note by note."""
    report = EvaluationReport({name: FactScore() for name in COMPARED_FACTS})
    for case in cases:
        extraction = extract(case["narrative"])
        for name, (annotated_items, extracted_items) in COMPARED_FACTS.items():
            _count_case(
                report, name, str(case.get("id", "")), annotated_items(case["facts"]), extracted_items(extraction)
            )
    return report


def _count_case(
    report: EvaluationReport, name: str, case: str, annotated: Sequence[FactItem], extracted: Sequence[FactItem]
) -> None:
    score, unmatched = report.scores[name], list(annotated)
    for item in extracted:
        if (match := next((candidate for candidate in unmatched if _items_agree(item, candidate)), None)) is not None:
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
    """Whether two items match. Numbers may differ by 2 percent, because annotations convert and round."""
    if len(extracted) != len(annotated):
        return False
    return all(
        _parts_agree(extracted_part, annotated_part)
        for extracted_part, annotated_part in zip(extracted, annotated, strict=True)
    )


def _parts_agree(extracted: Any, annotated: Any) -> bool:
    if isinstance(extracted, float) and isinstance(annotated, float):
        return abs(extracted - annotated) <= 0.02 * max(abs(extracted), abs(annotated), 0.01)
    return bool(extracted == annotated)
