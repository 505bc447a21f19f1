"""Vocabularies: coded terms with their labels, synonyms and parents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

from schemas.inputs.faults import Fault
from schemas.inputs.spelling import Spellings
from schemas.inputs.strict_yaml import read_text, read_yaml
from schemas.plugins import AddedByPackages, yaml_files
from schemas.summary.plugin_vocabulary import merged_with_plugins

FOLDER = files("knowledge") / "vocabulary"

CACHED_WORDS = 4096
"""Unknown words whose nearest code is cached: a registry repeats the same few in every row."""


@dataclass(frozen=True)
class Term:
    """One code. A `group` means one of its members, without naming which; it is `closed` if all members are listed.

    An `undetermined` term (an unnamed study drug) may mean any term. A `question` replaces that of the list of records
    if its wording does not suit the label.
    """

    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    group: bool = False
    closed: bool = False
    undetermined: bool = False
    question: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Vocabulary:
    """The terms of one kind of fact, as a graph from special to general."""

    name: str
    label: str
    terms: Mapping[str, Term] = field(hash=False)

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {code: [] for code in self.terms}
        for term in self.terms.values():
            for above in term.parents:
                out[above].append(term.code)
        return out

    @cached_property
    def _codes_by_word(self) -> dict[str, str]:
        words = {word.casefold(): term.code for term in self.terms.values() for word in (*term.synonyms, term.label)}
        return words | {code.casefold(): code for code in self.terms}

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self._codes_by_word)

    def code_of(self, word: str) -> str | None:
        """The code of a word: a code, label or synonym, in upper or lower case."""
        return self._codes_by_word.get(" ".join(word.split()).casefold())

    def label_of(self, code: str) -> str:
        term = self.terms.get(code)
        return term.label if term else code

    def nearest(self, word: str) -> str | None:
        """The code with the most similar spelling, if any is similar."""
        return _nearest_code(self, word)

    @cached_property
    def _below(self) -> dict[str, frozenset[str]]:
        return {}

    def below(self, codes: Iterable[str]) -> frozenset[str]:
        """The codes and every more special one."""
        return frozenset().union(*(self._below_code(code) for code in codes))

    def _below_code(self, code: str) -> frozenset[str]:
        """Cached: the criteria of a library ask thousands of times."""
        if code not in self.terms:
            return frozenset({code})
        if code not in self._below:
            seen: set[str] = set()
            waiting = [code]
            while waiting:
                child = waiting.pop()
                if child not in seen:
                    seen.add(child)
                    waiting.extend(self._children[child])
            self._below[code] = frozenset(seen)
        return self._below[code]

    def implying_all(self, code: str) -> frozenset[str]:
        """The code and every closed group above it: a statement about all members includes it."""
        groups = (term.code for term in self.terms.values() if term.closed and code in self.below([term.code]))
        return frozenset({code, *groups})

    def surely(self, codes: Iterable[str]) -> frozenset[str]:
        """The codes that imply one of these: these, all below them, and closed groups whose members all imply one."""
        sure = set(self.below(codes))
        while True:
            more = {
                term.code
                for term in self.terms.values()
                if term.closed and term.code not in sure and set(self._children[term.code]) <= sure
            }
            if not more:
                return frozenset(sure)
            sure |= more

    def possibly(self, codes: Iterable[str]) -> frozenset[str]:
        """The terms that may mean one of these without implying it."""
        sure = self.surely(codes)
        others = [term for term in self.terms.values() if term.code not in sure]
        wider = {term.code for term in others if term.group and not sure.isdisjoint(self.below([term.code]))}
        return frozenset(wider | {term.code for term in others if term.undetermined})


@lru_cache(CACHED_WORDS)
def _nearest_code(vocabulary: Vocabulary, word: str) -> str | None:
    found = vocabulary._spellings.nearest(word)
    return None if found is None else vocabulary._codes_by_word[found]


@cache
def vocabularies() -> dict[str, Vocabulary]:
    """Every vocabulary by name: the packaged ones, merged with those of plugins."""
    return {name: _vocabulary(name, body) for name, body in _tables().accepted.items() if "terms" in body}


def knowledge_table(name: str) -> Mapping[str, Any]:
    """A knowledge table that is not a vocabulary (units, variant groups, alterations), as data.

    Raises: KeyError for an unknown name.
    """
    return _tables().accepted[name]


def vocabulary_faults() -> tuple[Fault, ...]:
    """The faults of plugin vocabularies that were rejected."""
    return _tables().faults


@cache
def _tables() -> AddedByPackages[Mapping[str, Any]]:
    return merged_with_plugins(dict(_raw()))


def _raw() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, file in yaml_files(FOLDER):
        yield from read_yaml(read_text(file, name), name).data.items()


def _vocabulary(name: str, body: Mapping[str, Any]) -> Vocabulary:
    terms = {code: _term(code, entry or {}) for code, entry in body["terms"].items()}
    return Vocabulary(name, body.get("label", name), terms)


def _term(code: str, entry: Mapping[str, Any]) -> Term:
    known = {"label", "synonyms", "parents", "group", "closed", "undetermined", "question"}
    return Term(
        code,
        str(entry.get("label", code.replace("_", " "))),
        tuple(str(word) for word in entry.get("synonyms", ())),
        tuple(entry.get("parents", ())),
        bool(entry.get("group", False)),
        bool(entry.get("closed", False)),
        bool(entry.get("undetermined", False)),
        str(entry.get("question", "")),
        {key: value for key, value in entry.items() if key not in known},
    )
