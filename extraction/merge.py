"""Merges the facts of a note into a structured summary: structured facts win, and disagreements stay unknown."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from schemas.implications.contradictions import contradictions_of
from schemas.summary.declared_facts import declared
from schemas.summary.facts import dump_patient, load_patient
from schemas.summary.quantity_fields import QuantityField

UNMERGED_KEYS = frozenset({"schema", "patient_ref"})


def merge_note(
    structured: Mapping[str, Any], from_note: Mapping[str, Any], decided: Collection[str] = ()
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the merged summary, and the contradictions with the value of each source.

    A list in the structured summary is taken whole: which of two lists is complete cannot be known.
    Unknown: a single fact on which the two disagree is removed, so that no verdict depends on it, unless the user has
    `decided` that the structured value is right.
    """
    contradictions: list[dict[str, Any]] = []
    merged = _merge(dump_patient(load_patient(dict(structured))), dict(from_note), "", contradictions)
    for contradiction in contradictions:
        if contradiction["fact"] in decided:
            contradiction["decided"] = True
            _set_at(merged, contradiction["fact"], contradiction["structured"])
    return merged, contradictions


def _set_at(summary: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    parent = summary
    for key in parents:
        parent = parent.setdefault(key, {})
    parent[name] = value


def mark_used(
    facts: Iterable[dict[str, Any]], structured: Mapping[str, Any], disputed: Collection[str]
) -> list[dict[str, Any]]:
    """Return the facts of a note, with `used` only for those that are neither overruled nor disputed."""
    marked = []
    for fact in facts:
        paths = [path for path in fact["paths"] if not (_is_set(structured, path) or _is_disputed(path, disputed))]
        marked.append({**fact, "paths": paths, "used": fact["used"] and bool(paths)})
    return marked


def _is_set(structured: Any, path: str) -> bool:
    """Whether the structured summary has a value at a path; for a list, whether it has the list at all."""
    parent = structured
    for step in path.split("."):
        name = step.partition("[")[0]
        if not isinstance(parent, Mapping) or name not in parent:
            return False
        parent = parent[name]
        if isinstance(parent, list):
            return True
    return not isinstance(parent, Mapping) or _is_value(parent)


def _is_disputed(path: str, disputed: Collection[str]) -> bool:
    return any(
        path == disputed_path or path.startswith((f"{disputed_path}.", f"{disputed_path}["))
        for disputed_path in disputed
    )


def _merge(
    structured: dict[str, Any], from_note: dict[str, Any], path: str, contradictions: list[dict[str, Any]]
) -> dict[str, Any]:
    merged = dict(structured)
    for key, value in from_note.items():
        value_path = f"{path}.{key}" if path else key
        if key in UNMERGED_KEYS and not path:
            continue
        if key not in structured:
            if not _is_flag_of_list(key, structured):
                merged[key] = value
        elif isinstance(value, dict) and isinstance(structured[key], dict) and not _is_value(value):
            merged[key] = _merge(structured[key], value, value_path, contradictions)
        elif not isinstance(value, list) and not _are_equal(value_path, structured[key], value):
            contradictions.append({"fact": value_path, "structured": structured[key], "note": value})
            del merged[key]
    return merged


def _is_flag_of_list(key: str, structured: Mapping[str, Any]) -> bool:
    """Whether the key is the completeness flag of a list that the structured summary has."""
    return key.endswith("_complete") and key.removesuffix("_complete") in structured


def _is_value(value: Mapping[str, Any]) -> bool:
    """Whether the object is a single value: quantities and times are written as objects."""
    return bool(value.keys() & {"value", "min", "max", "above", "below", "ago", "year"}) and "by" not in value


def _are_equal(path: str, value: Any, other: Any) -> bool:
    """Whether two values are equal once read: `1.2 cm` and `12 mm` are the same length."""
    field = declared().field(path)
    if not isinstance(field, QuantityField) or value == other:
        return bool(value == other)
    return field.interval(field.deserialize(value)) == field.interval(field.deserialize(other))


def without_contradictions(summary: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the summary without facts that contradict others in it, and the contradictions."""
    removed: list[dict[str, Any]] = []
    for _ in range(10):
        faults = contradictions_of(load_patient(summary))
        if not faults:
            break
        for fault in faults:
            removed.append({"fact": fault.path, "note": fault.message})
            remove_at(summary, fault.path)
    return summary, removed


def remove_at(summary: dict[str, Any], path: str) -> None:
    """Remove the record or value at a path; do nothing if there is none."""
    parent: Any = summary
    steps = path.replace("[", ".[").split(".")
    for step in steps:
        if step is steps[-1]:
            _remove(parent, step)
        else:
            parent = _step(parent, step)


def _step(parent: Any, step: str) -> Any:
    if isinstance(parent, list):
        return parent[int(step[1:-1])]
    return parent.get(step, {}) if isinstance(parent, dict) else {}


def _remove(parent: Any, step: str) -> None:
    if isinstance(parent, list) and step.startswith("["):
        del parent[int(step[1:-1])]
    elif isinstance(parent, dict):
        parent.pop(step, None)
