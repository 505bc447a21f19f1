"""Every known phrase in one pass: vocabularies, lexicon and cues as one phrase matcher, longest match first.

Phrase patterns compare hashes; token patterns over the same lists took 13 times as long.
"""

from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from extraction.cues import CUES, STOPS
from extraction.lexicon import IN_CAPITALS, TABLES
from extraction.reading import Term
from extraction.tokens import UNKNOWN, ClinicalTokenizer
from schemas.vocabulary import Term as Entry
from schemas.vocabulary import vocabularies

READ = ("gene", "fusion_partner", "histology", "histology_subtype", "lesion_site", "drug", "procedure", "condition",
        "analyte", "medication", "margins", "extrathyroidal_extension")  # fmt: skip
"""The vocabularies whose phrases are looked for; the others are too short or too common to be read alone."""

UNREAD = {
    "histology_subtype": {
        "classic",
        "solid",
        "conventional",
        "usual type",
        "classical",
        "trabecular",
        "insular",
        "columnar",
    },
    "drug": {"placebo", "ki", "mab", "adc", "ssa", "vda", "fti", "tip", "ac"},
    "procedure": {
        "operation",
        "surgery",
        "biopsy",
        "biopsies",
        "rt",
        "tt",
        "nd",
        "lobectomy",
        "ablation",
        "radiation",
        "pei",
        "operated",
        "irradiation",
        "srs",
        "surgical treatment",
        "neurosurgery",
    },
    "condition": {
        "perforation",
        "fistula",
        "vt",
        "mi",
        "af",
        "q wave",
        "angina",
        "hepatic",
        "pad",
        "cad",
        "seizure",
        "surgery",
    },
    "margins": {"complete resection", "debulking"},
    "extrathyroidal_extension": {"none", "present", "absent", "minimal", "microscopic", "gross"},
    "lesion_site": {
        "cord",
        "sellar",
        "cervical region",
        "m",
        "node",
        "nodes",
        "nodal disease",
        "other site",
        "other organ",
        "eye",
        "colon",
        "stomach",
        "systemic metastasis",
        "distant",
        "cardiac",
        "shoulder",
    },
    "gene": {
        "positive",
        "trk",
        "gsp",
        "nis",
        "apc",
        "mll",
        "merlin",
        "cbp",
        "p16",
        "p27",
        "p53",
        "pkb",
        "met",
        "ret/ptc",
        "dicer",
    },
    "analyte": {
        "weight",
        "systolic",
        "diastolic",
        "pt",
        "ef",
        "hr",
        "ap",
        "got",
        "ca",
        "k",
        "na",
        "mg",
        "cr",
        "alb",
        "ct level",
        "pulse",
        "direct bilirubin",
    },
    "fusion_partner": {"h4", "tel", "tert", "pax8"},
    "medication": set(),
}
"""Synonyms that a form may use and prose uses for something else; the recognisers read some of them with context."""

CASED = {"gene", "fusion_partner"}
"""Vocabularies whose short names are read only as written: RET and MET are also words."""


class Phrases:
    """The phrase matcher as a component: leaves the terms it found in the document's user data."""

    def __init__(self, nlp: Language) -> None:
        self.names: dict[int, list[tuple[str, list[tuple[str, str]]]]] = {}
        self.lower = PhraseMatcher(nlp.vocab, attr="LOWER")
        self.exact = PhraseMatcher(nlp.vocab, attr="ORTH")
        rows: dict[tuple[bool, str], list[tuple[str, str]]] = {}
        for kind, code, phrase in _rows():
            exact = _is_exact(kind, phrase)
            rows.setdefault((exact, phrase if exact else phrase.lower()), []).append((kind, code))
        words: dict[bool, set[str]] = {True: set(), False: set()}
        for number, ((exact, phrase), meanings) in enumerate(rows.items()):
            doc = nlp.make_doc(phrase)
            words[exact].update(token.text for token in doc)
            if len(doc):
                key = nlp.vocab.strings.add(f"phrase-{number}")
                self.names[key] = _by_family(meanings)
                (self.exact if exact else self.lower).add(f"phrase-{number}", [doc])
        if isinstance(nlp.tokenizer, ClinicalTokenizer):
            nlp.tokenizer.known = frozenset(word.lower() for some in words.values() for word in some)
            nlp.tokenizer.exact = frozenset(words[True])
        for word in (UNKNOWN, *(word.lower() for word in words[True])):
            _ = nlp.vocab[word]  # made now, so that no note has to make it again

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data["terms"] = self._longest(doc)
        return doc

    def _longest(self, doc: Doc) -> list[Term]:
        """Of overlapping matches of one kind, the longest; a match must not end inside a word."""
        found: list[Term] = []
        covered: dict[str, int] = {}
        hits = [*self.lower(doc), *self.exact(doc)]
        places = doc.user_data["places"]
        for key, first, last in sorted(hits, key=_by_place):
            start, end = places[first][0], places[last - 1][1]
            if first and places[first - 1][1] == start and _is_word(doc, first - 1, first):
                continue
            if last < len(places) and places[last][0] == end and _is_word(doc, last - 1, last):
                continue
            for family, meanings in self.names[key]:
                if covered.get(family, -1) <= (start if family == "cue" else end - 1):
                    covered[family] = end
                    found += [Term(kind, code, start, end) for kind, code in meanings]
        return _without_harmless(found)


def _by_family(meanings: list[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    out: dict[str, list[tuple[str, str]]] = {}
    for kind, code in dict.fromkeys(meanings):
        out.setdefault(_family(kind), []).append((kind, code))
    return list(out.items())


def _family(kind: str) -> str:
    return "cue" if kind.startswith("cue.") and kind != "cue.none" else kind


def _without_harmless(found: list[Term]) -> list[Term]:
    """`no uptake` denies the uptake and nothing after it: the cue inside or around it does not count."""
    harmless = [term for term in found if term.kind == "cue.none"]
    return [
        term
        for term in found
        if not term.kind.startswith("cue.")
        or not any(other.start < term.end and term.start < other.end for other in harmless)
    ]


def _by_place(hit: tuple[int, int, int]) -> tuple[int, int]:
    return hit[1], -hit[2]


def _is_word(doc: Doc, left: int, right: int) -> bool:
    """Letters and digits part, so that a match could begin or end within `V600E`."""
    return _is_alphanumeric(doc[left].orth_) and _is_alphanumeric(doc[right].orth_)


def _is_alphanumeric(word: str) -> bool:
    """An unknown word stands for any; signs that are alone are known as they are."""
    return word[0].isalnum() or word == UNKNOWN


def _is_exact(kind: str, phrase: str) -> bool:
    letters = "".join(letter for letter in phrase if letter.isalpha())
    if phrase in IN_CAPITALS:
        return True
    if kind in CASED:
        return len(letters) <= 4 and phrase.upper() == phrase
    return kind in READ and len(phrase) <= 4 and letters.isupper()


def _rows() -> Iterator[tuple[str, str, str]]:
    for name in READ:
        for term in vocabularies()[name].terms.values():
            for phrase in _surface(name, term):
                yield name, term.code, phrase
    for kind, table in TABLES.items():
        for code, phrases in table.items():
            yield from ((kind, code, phrase) for phrase in phrases.split("|"))
    for cue in CUES:
        yield from ((f"cue.{cue.category}", f"{cue.direction}:{cue.reach}", phrase) for phrase in cue.phrases)
    yield from (("stop", "stop", phrase) for phrase in STOPS)


def _surface(name: str, term: Entry) -> Iterable[str]:
    unread = UNREAD.get(name, set())
    words = [term.label, *term.synonyms]
    if name in ("gene", "drug", "fusion_partner"):
        words.append(term.code)
    return (word for word in words if word.lower() not in unread and len(word) > 1 and not word.isdigit())
