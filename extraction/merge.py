"""A note beside a structured summary: structure wins, and where the two disagree the fact stays unknown."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from schemas.summary.contradictions import contradictions_of
from schemas.summary.declared_facts import declared
from schemas.summary.facts import dump_patient, load_patient
from schemas.summary.quantity_fields import QuantityField

NEVER_JOINED = frozenset({"schema", "patient_ref"})


def join(
    structured: Mapping[str, Any], read: Mapping[str, Any], decided: Collection[str] = ()
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The joined summary, and the contradictions with what each source says.

    A list that the structured summary holds is taken from there whole: which of two lists is complete cannot be told.
    Unknown: a single fact that both state differently is left out, so that no verdict rests on it, until somebody
    has `decided` that the structured one holds.
    """
    contradictions: list[dict[str, Any]] = []
    joined = _join(dump_patient(load_patient(dict(structured))), dict(read), "", contradictions)
    for one in contradictions:
        if one["fact"] in decided:
            one["decided"] = True
            _put(joined, one["fact"], one["structured"])
    return joined, contradictions


def _put(summary: dict[str, Any], path: str, value: Any) -> None:
    *folders, name = path.split(".")
    place = summary
    for folder in folders:
        place = place.setdefault(folder, {})
    place[name] = value


def still_used(
    facts: Iterable[dict[str, Any]], structured: Mapping[str, Any], disputed: Collection[str]
) -> list[dict[str, Any]]:
    """The facts of a note, `used` only if they stand in the joined summary: not overruled and not disputed."""
    out = []
    for fact in facts:
        paths = [path for path in fact["paths"] if not (_stated(structured, path) or _among(path, disputed))]
        out.append({**fact, "paths": paths, "used": fact["used"] and bool(paths)})
    return out


def _stated(structured: Any, path: str) -> bool:
    """Whether a structured summary states what a path leads to; a list that it holds is stated whole."""
    place = structured
    for step in path.split("."):
        name = step.partition("[")[0]
        if not isinstance(place, Mapping) or name not in place:
            return False
        place = place[name]
        if isinstance(place, list):
            return True
    return not isinstance(place, Mapping) or _is_value(place)


def _among(path: str, disputed: Collection[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in disputed)


def _join(
    structured: dict[str, Any], read: dict[str, Any], path: str, contradictions: list[dict[str, Any]]
) -> dict[str, Any]:
    out = dict(structured)
    for key, said in read.items():
        place = f"{path}.{key}" if path else key
        if key in NEVER_JOINED and not path:
            continue
        if key not in structured:
            if not _belongs_to_list(key, structured):
                out[key] = said
        elif isinstance(said, dict) and isinstance(structured[key], dict) and not _is_value(said):
            out[key] = _join(structured[key], said, place, contradictions)
        elif not isinstance(said, list) and not _same(place, structured[key], said):
            contradictions.append({"fact": place, "structured": structured[key], "note": said})
            del out[key]
    return out


def _belongs_to_list(key: str, structured: Mapping[str, Any]) -> bool:
    """Whether a list is complete is said of the list that it came with."""
    return key.endswith("_complete") and key.removesuffix("_complete") in structured


def _is_value(said: Mapping[str, Any]) -> bool:
    """A quantity or a time is written as an object and is one value all the same."""
    return bool(said.keys() & {"value", "min", "max", "above", "below", "ago", "year"}) and "by" not in said


def _same(path: str, one: Any, other: Any) -> bool:
    """Equal as read: `1.2 cm` and `12 mm` are one length."""
    field = declared().field(path)
    if not isinstance(field, QuantityField) or one == other:
        return bool(one == other)
    return field.interval(field.deserialize(one)) == field.interval(field.deserialize(other))


def consistent(summary: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary without the facts that contradict others in it, and what they were."""
    found: list[dict[str, Any]] = []
    for _ in range(10):
        faults = contradictions_of(load_patient(summary))
        if not faults:
            break
        for fault in faults:
            found.append({"fact": fault.path, "note": fault.message})
            drop(summary, fault.path)
    return summary, found


def drop(summary: dict[str, Any], path: str) -> None:
    """Remove the record or value that a path leads to; a path that leads nowhere removes nothing."""
    place: Any = summary
    steps = path.replace("[", ".[").split(".")
    for step in steps:
        if step is steps[-1]:
            _remove(place, step)
        else:
            place = _step(place, step)


def _step(place: Any, step: str) -> Any:
    if isinstance(place, list):
        return place[int(step[1:-1])]
    return place.get(step, {}) if isinstance(place, dict) else {}


def _remove(place: Any, step: str) -> None:
    if isinstance(place, list) and step.startswith("["):
        del place[int(step[1:-1])]
    elif isinstance(place, dict):
        place.pop(step, None)
