"""Finds every known phrase in one pass: vocabularies, lexicon and cues in one phrase matcher, longest match first.

Phrase patterns compare hashes; token patterns over the same lists took 13 times as long.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from extraction.context_cues import CUE_TERMINATORS, CUES
from extraction.lexicon import CASE_SENSITIVE_PHRASES, PHRASE_TABLES
from extraction.tokenised_note import PhraseHit
from extraction.tokenizer import UNKNOWN_SIGN, UNKNOWN_WORD, ClinicalTokenizer, split_words
from schemas.summary.vocabulary import Term, vocabularies

MATCHED_VOCABULARIES = ("gene", "fusion_partner", "histology", "histology_subtype", "lesion_site", "drug", "procedure",
                        "condition", "analyte", "medication", "margins", "extrathyroidal_extension")  # fmt: skip
"""Vocabularies whose phrases are matched; the others are too short or too common to be read on their own."""

SKIPPED_SYNONYMS = {
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
"""Synonyms that are clear in a form but ambiguous in prose; recognisers read some of them with context."""

CASE_SENSITIVE_VOCABULARIES = {"gene", "fusion_partner"}
"""Vocabularies whose short names match only as written: RET and MET are also words."""


PhraseMeaning = tuple[str, str]
"""The kind and the code of a phrase."""


class PhraseMatcherComponent:
    """The phrase matcher as a pipeline component; it stores its hits in the document's user data."""

    def __init__(self, nlp: Language) -> None:
        self.matcher = PhraseMatcher(nlp.vocab)
        self.meanings_of_key: dict[int, list[tuple[str, str, list[PhraseMeaning]]]] = {}
        known_words: set[str] = set()
        for words, spellings in _meanings_by_words().items():
            known_words.update(words)
            name = " ".join(words)
            self.matcher.add(name, [Doc(nlp.vocab, words=list(words))])
            self.meanings_of_key[nlp.vocab.strings[name]] = [
                (exact, family, family_meanings)
                for exact, meanings in spellings.items()
                for family, family_meanings in _meanings_by_family(meanings).items()
            ]
        if isinstance(nlp.tokenizer, ClinicalTokenizer):
            nlp.tokenizer.known_words.update((word, word) for word in known_words)
        for word in (UNKNOWN_WORD, UNKNOWN_SIGN):
            _ = nlp.vocab[word]  # created now, so that no note has to create it

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data["hits"] = sorted(self.matcher(doc), key=_hit_order)
        return doc

    def hits(self, doc: Doc, flat: str) -> list[PhraseHit]:
        """Return the longest of overlapping hits of a kind. A hit must not end inside a word. `flat` keeps the case."""
        hits: list[PhraseHit] = []
        covered: dict[str, int] = {}
        words, ends = doc.user_data["words"], doc.user_data["ends"]
        for key, first, last in doc.user_data["hits"]:
            start, end = ends[2 * first], ends[2 * last - 1]
            if first and ends[2 * first - 1] == start and _is_inside_word(words[first - 1], words[first]):
                continue
            if last < len(words) and ends[2 * last] == end and _is_inside_word(words[last - 1], words[last]):
                continue
            for exact, family, meanings in self.meanings_of_key[key]:
                if covered.get(family, -1) > (start if family == "cue" else end - 1):
                    continue
                if exact and "".join(split_words(flat[start:end])) != exact:
                    continue
                covered[family] = end
                for kind, code in meanings:
                    hits.append(PhraseHit(kind, code, start, end))
        return _without_pseudo_cues(hits)


def _meanings_by_words() -> dict[tuple[str, ...], dict[str, list[PhraseMeaning]]]:
    """Return the meanings of each sequence of words, first for any case, then for the case as written."""
    meanings: dict[tuple[str, ...], dict[str, list[PhraseMeaning]]] = {}
    for kind, code, phrase in _phrases():
        words = split_words(phrase)
        if words:
            spellings = meanings.setdefault(tuple(word.lower() for word in words), {"": []})
            spellings.setdefault("".join(words) if _is_case_sensitive(kind, phrase) else "", []).append((kind, code))
    return meanings


def _meanings_by_family(meanings: list[PhraseMeaning]) -> dict[str, list[PhraseMeaning]]:
    by_family: dict[str, list[PhraseMeaning]] = {}
    for kind, code in dict.fromkeys(meanings):
        by_family.setdefault(_family(kind), []).append((kind, code))
    return by_family


def _family(kind: str) -> str:
    return "cue" if kind.startswith("cue.") and kind != "cue.none" else kind


def _without_pseudo_cues(hits: list[PhraseHit]) -> list[PhraseHit]:
    """Remove cues that overlap a pseudo cue: `no uptake` negates the uptake and nothing after it."""
    pseudo_cues = [hit for hit in hits if hit.kind == "cue.none"]
    if not pseudo_cues:
        return hits
    starts = [hit.start for hit in pseudo_cues]
    ends = [*accumulate((hit.end for hit in pseudo_cues), max)]
    return [
        hit
        for hit in hits
        if not hit.kind.startswith("cue.")
        or not (count := bisect_left(starts, hit.end))
        or ends[count - 1] <= hit.start
    ]


def _hit_order(hit: tuple[int, int, int]) -> tuple[int, int]:
    return hit[1], -hit[2]


def _is_inside_word(left: str, right: str) -> bool:
    """Whether a boundary is inside a word: letters and digits are separate tokens, so a hit may end in `V600E`."""
    return _is_alphanumeric(left) and _is_alphanumeric(right)


def _is_alphanumeric(word: str) -> bool:
    """Whether a word is alphanumeric. The placeholder for unknown words counts as alphanumeric."""
    return word == UNKNOWN_WORD or word[0].isalnum()


def _is_case_sensitive(kind: str, phrase: str) -> bool:
    if phrase in CASE_SENSITIVE_PHRASES:
        return True
    if len(phrase) > 8:
        return False
    letters = "".join(letter for letter in phrase if letter.isalpha())
    if kind in CASE_SENSITIVE_VOCABULARIES:
        return len(letters) <= 4 and phrase.upper() == phrase
    return kind in MATCHED_VOCABULARIES and len(phrase) <= 4 and letters.isupper()


def _phrases() -> Iterator[tuple[str, str, str]]:
    for name in MATCHED_VOCABULARIES:
        for term in vocabularies()[name].terms.values():
            for phrase in _matched_names(name, term):
                yield name, term.code, phrase
    for kind, table in PHRASE_TABLES.items():
        for code, phrases in table.items():
            yield from ((kind, code, phrase) for phrase in phrases.split("|"))
    for cue in CUES:
        yield from ((f"cue.{cue.category}", f"{cue.direction}:{cue.reach}", phrase) for phrase in cue.phrases)
    yield from (("stop", "stop", phrase) for phrase in CUE_TERMINATORS)


def _matched_names(vocabulary: str, term: Term) -> Iterable[str]:
    unread = SKIPPED_SYNONYMS.get(vocabulary, set())
    names = [term.label, *term.synonyms]
    if vocabulary in ("gene", "drug", "fusion_partner"):
        names.append(term.code)
    return (name for name in names if name.lower() not in unread and len(name) > 1 and not name.isdigit())
