"""The English reading: a criterion in the words of a protocol."""

from collections.abc import Iterable

from matching import criteria as c
from matching.interval import Interval
from matching.words import Words


def describe(node: c.TruthNode, words: Words) -> str:
    """The criterion as one English phrase."""
    match node:
        case c.All(parts):
            return _joined(parts, " and ", "anything", words)
        case c.Any(parts):
            return _joined(parts, " or ", "nothing", words)
        case c.AtLeast(count, parts):
            return f"at least {count} of: " + "; ".join(describe(part, words) for part in parts)
        case c.Not(part):
            return _negated(part, words)
        case c.Within(number, inside, possibly):
            return _within(number, inside, possibly, words)
        case c.Among(fact, codes, _):
            return f"{words.label(fact)}: {words.codes(fact, codes)}"
        case c.Holds(fact):
            return words.label(fact)
        case c.Exists(records):
            return f"at least one {_records(records, words)}"
        case c.Confirm(question, _):
            return f"to confirm: {question}" if question else "no rule: either way is accepted"
        case c.Named(name, _):
            return words.definition(name)
        case c.Consensus(parts):
            return "what all of these agree on: " + "; ".join(describe(part, words) for part in parts)
        case c.Agreed(sources):
            return describe(sources[0], words)
        case c.Preferred(first, otherwise):
            return f"{describe(first, words)}; where that is not stated, {describe(otherwise, words)}"


def _joined(parts: Iterable[c.TruthNode], word: str, nothing: str, words: Words) -> str:
    return word.join(_bracketed(part, words) for part in parts) or nothing


def _bracketed(part: c.TruthNode, words: Words) -> str:
    text = describe(part, words)
    return f"({text})" if isinstance(part, c.All | c.Any) and len(part.parts) > 1 else text


def _negated(part: c.TruthNode, words: Words) -> str:
    match part:
        case c.Exists(c.Records(table, where, _) as records):
            kept = [one for one in _filters(where) if isinstance(one, c.Not)]
            rest = [one for one in _filters(where) if not isinstance(one, c.Not)]
            if len(kept) == 1 and len(rest) <= 1:
                return f"every {words.one(table)}: {describe(kept[0].part, words)}"
            return f"no {_records(records, words)}"
        case c.Among(fact, codes, _):
            return f"{words.label(fact)} other than {words.codes(fact, codes)}"
        case c.Not(inner):
            return describe(inner, words)
        case _:
            return f"not {_bracketed(part, words)}"


def _within(number: c.NumberNode, inside: Interval, possibly: Interval, words: Words) -> str:
    path, where = unit_path(number)
    doubt = "" if inside == possibly else f" (the source leaves open {words.range(path, possibly, where)})"
    return f"{_number(number, words)} {words.range(path, inside, where)}{doubt}"


def _number(number: c.NumberNode, words: Words) -> str:
    match number:
        case c.Fact(path):
            return words.label(path)
        case c.Count(records):
            return f"number of entries, {_records(records, words)}:"
        case c.Total(records, fact):
            return f"sum of {words.label(fact)} over each {_records(records, words)}"
        case c.Largest(records, fact):
            return f"largest {words.label(fact)} over each {_records(records, words)}"
        case c.Smallest(records, fact):
            return f"smallest {words.label(fact)} over each {_records(records, words)}"
        case c.Narrowed(sources):
            return _number(sources[0], words)


def unit_path(number: c.NumberNode) -> tuple[str, c.TruthNode | None]:
    """The fact whose unit the number has, and the filter on the records it is read from; '' for a bare count."""
    match number:
        case c.Fact(path):
            return path, None
        case c.Count():
            return "", None
        case c.Total(records, fact) | c.Largest(records, fact) | c.Smallest(records, fact):
            return fact, records.where
        case c.Narrowed(sources):
            return unit_path(sources[0])


def _records(records: c.Records, words: Words) -> str:
    asked = " and ".join(_bracketed(part, words) for part in _filters(records.where))
    one = words.one(records.table)
    return f"{one} with {asked}" if asked else one


def _filters(where: c.TruthNode) -> list[c.TruthNode]:
    """The parts of a filter, less the silent one that a listed lesion is a current one."""
    parts = [inner for part in where.parts for inner in _filters(part)] if isinstance(where, c.All) else [where]
    return [part for part in parts if not (isinstance(part, c.Among) and part.codes == frozenset({"current"}))]
