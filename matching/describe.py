"""Describes a criterion in English, in the words of a protocol."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching import nodes as c
from matching.interval import Interval
from matching.wording import FactWording


def describe(node: c.TruthNode, words: FactWording) -> str:
    """The criterion as one English phrase."""
    return _English(words).phrase(node)


@dataclass(frozen=True)
class _English:
    """Phrases for the patient or, inside a filter, for one record; units may depend on that filter, `where`."""

    words: FactWording
    where: c.TruthNode | None = None

    def phrase(self, node: c.TruthNode) -> str:
        match node:
            case c.All((c.Any((c.Not(asked), then)), c.Any((again, otherwise)))) if asked == again:
                return f"if {self.phrase(asked)}: {self.phrase(then)}; otherwise: {self.phrase(otherwise)}"
            case c.All(parts):
                return self._joined(_flat(c.All, parts), " and ", "anything")
            case c.Any(parts):
                return self._either(_flat(c.Any, parts))
            case c.AtLeast(count, parts):
                return f"at least {count} of: " + "; ".join(self.phrase(part) for part in parts)
            case c.Not(part):
                return self._negated(part)
            case c.Within(number, inside, possibly):
                return self._within(number, inside, possibly)
            case c.Among(fact, codes, _):
                return f"{self.words.label(fact)}: {self.words.codes(fact, codes)}"
            case c.IsYes(fact):
                return self.words.label(fact)
            case c.Exists(records):
                return f"at least one {self._records(records)}"
            case c.Confirm(question, _):
                return f"to confirm: {question}" if question else "no rule: either way is accepted"
            case c.Named(name, _):
                return self.words.definition(name)
            case c.Consensus(parts):
                return self._consensus(parts)
            case c.Agreed(sources):
                return self.phrase(sources[0])
            case _:
                return f"{self.phrase(node.first)}; where that is not reported, {self.phrase(node.otherwise)}"

    def _either(self, parts: tuple[c.TruthNode, ...]) -> str:
        """Several values of one number are written as one list: `codon 12 or 13`."""
        points = [part for part in parts if isinstance(part, c.Within) and part.inside == part.possibly]
        points = [point for point in points if point.inside.is_point and point.number == points[0].number]
        if len(points) < max(len(parts), 2):
            return self._joined(parts, " or ", "nothing")
        values = (self._range(point.number, point.inside).removeprefix("= ") for point in points)
        return f"{self._number(points[0].number)} {' or '.join(values)}"

    def _joined(self, parts: tuple[c.TruthNode, ...], word: str, nothing: str) -> str:
        if len(parts) == 1:
            return self.phrase(parts[0])
        phrases = dict.fromkeys(self._bracketed(part) for part in parts)
        return word.join(phrases) or nothing

    def _bracketed(self, part: c.TruthNode) -> str:
        """The phrase, in brackets where it contains a joining word that could bind to the text around it."""
        text = self.phrase(part)
        measured = isinstance(part, c.Within) and not isinstance(part.number, c.Count)
        single_term = measured or isinstance(part, c.Confirm | c.Named | c.IsYes)
        return text if single_term or _closed(text) else f"({text})"

    def _negated(self, part: c.TruthNode) -> str:
        match part:
            case c.Exists(records):
                return self._none(records)
            case c.Among(fact, codes, _):
                return f"{self.words.label(fact)} other than {self.words.codes(fact, codes)}"
            case c.Not(inner):
                return self.phrase(inner)
            case c.Within():
                return f"not ({self.phrase(part)})"
            case _:
                return f"not {self._bracketed(part)}"

    def _none(self, records: c.Records) -> str:
        """`no lesion that is not avid` becomes `every lesion: avid`."""
        filters = self._filters(records.where)
        negated = [part for part in filters if isinstance(part, c.Not)]
        if len(negated) != 1:
            return f"no {self._records(records)}"
        rest = c.Records(records.table, c.All(tuple(part for part in filters if part is not negated[0])))
        return f"every {self._records(rest)}: {_English(self.words, records.where).phrase(negated[0].part)}"

    def _consensus(self, parts: tuple[c.TruthNode, ...]) -> str:
        """A consensus on one list, where all records pass or all fail, is described by what passes."""
        match parts:
            case (c.Exists(passes), c.Not(c.Exists(fails))) if passes.table == fails.table:
                return f"listed {self._records(passes)}"
            case _:
                return "what all of these agree on: " + "; ".join(self.phrase(part) for part in parts)

    def _within(self, number: c.NumberNode, inside: Interval, possibly: Interval) -> str:
        certain, possible = self._range(number, inside), self._range(number, possibly)
        doubt = "" if inside == possibly else f" (unclear in the source: {possible})"
        if isinstance(number, c.Count):
            return f"{certain} × {self._records(number.records)}{doubt}"
        return f"{self._number(number)} {certain}{doubt}"

    def _range(self, number: c.NumberNode, interval: Interval) -> str:
        path, where = unit_path(number)
        return self.words.range(path, interval, where or self.where)

    def _number(self, number: c.NumberNode) -> str:
        match number:
            case c.Fact(path):
                return self.words.label(path)
            case c.Narrowed(sources):
                return self._number(sources[0])
            case c.Count(records):
                return f"number of entries, {self._records(records)}:"
            case _:
                name = {c.Total: "sum of", c.Largest: "largest", c.Smallest: "smallest"}[type(number)]
                return f"{name} {self.words.label(number.fact)} over each {self._records(number.records)}"

    def _records(self, records: c.Records) -> str:
        """The name of a record, the term that identifies it in brackets, then the other conditions on it."""
        inside = _English(self.words, records.where)
        filters = list(self._filters(records.where))
        naming = next((part for part in filters if self._names(part, records.table)), None)
        rest = c.All(tuple(part for part in filters if part is not naming))
        name = self.words.singular(records.table)
        if isinstance(naming, c.Among):
            name = f"{name} ({self.words.codes(naming.fact, naming.codes)})"
        return f"{name} with {inside.phrase(rest)}" if rest.parts else name

    def _names(self, part: c.TruthNode, table: str) -> bool:
        return isinstance(part, c.Among) and part.fact == self.words.naming_fact(table)

    def _filters(self, where: c.TruthNode) -> list[c.TruthNode]:
        """The parts of a filter, without those that a record meets by default: that a lesion is current."""
        parts = where.parts if isinstance(where, c.All) else (where,)
        return [part for part in _flat(c.All, parts) if not self._is_default(part)]

    def _is_default(self, part: c.TruthNode) -> bool:
        match part:
            case c.Among(fact, codes, _):
                return self.words.met_by_default(fact, codes)
            case c.IsYes(fact):
                return self.words.default(fact) is True
            case _:
                return False


def _flat(kind: type[c.All] | type[c.Any], parts: Iterable[c.TruthNode]) -> tuple[c.TruthNode, ...]:
    """The parts, with nested nodes of the same kind replaced by their parts."""

    def below() -> Iterator[c.TruthNode]:
        for part in parts:
            yield from _flat(kind, part.parts) if isinstance(part, kind) and part.parts else (part,)

    return tuple(below())


JOINING_WORDS = (" or ", " and ", "; ", " with ")


def _closed(text: str) -> bool:
    """Whether every joining word is already in brackets."""
    depth, outside = 0, []
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        outside.append(letter if depth == 0 else " ")
    return not any(word in "".join(outside) for word in JOINING_WORDS)


def unit_path(number: c.NumberNode) -> tuple[str, c.TruthNode | None]:
    """The fact whose unit the number has ('' for a count), and the filter on the records it is computed from."""
    match number:
        case c.Fact(path):
            return path, None
        case c.Count():
            return "", None
        case c.Total(records, fact) | c.Largest(records, fact) | c.Smallest(records, fact):
            return fact, records.where
        case _:
            return unit_path(number.sources[0])
