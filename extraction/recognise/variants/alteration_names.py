"""Finds names of alterations: HGVS, short forms, codons, promoter and fusion names, with the gene they imply."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from extraction.prefilter import spans_of
from extraction.tokenised_note import TokenisedNote
from schemas.summary.reference_codons import AMINO_ACIDS
from schemas.summary.vocabulary import knowledge_table, vocabularies

ONE_LETTER_CODES = "ACDEFGHIKLMNPQRSTVWY"
THREE_LETTER_CODES = "|".join(sorted(set(AMINO_ACIDS.values())))
PROTEIN_NAME = re.compile(
    rf"p\.\s?\(?(?:{THREE_LETTER_CODES}|[{ONE_LETTER_CODES}])\d{{1,4}}(?:_(?:{THREE_LETTER_CODES}|[{ONE_LETTER_CODES}])\d{{1,4}})?(?:(?:delins|"
    rf"ins)(?:{THREE_LETTER_CODES}|[{ONE_LETTER_CODES}])+|del|dup|fs(?:\*\d+|Ter\d+)?|{THREE_LETTER_CODES}|[{ONE_LETTER_CODES}*X])?\)?"
    rf"|\b(?:{THREE_LETTER_CODES})\s?\d{{2,4}}\s?(?:{THREE_LETTER_CODES})\b"
    rf"|(?<![A-Za-z0-9])(?P<short>[{ONE_LETTER_CODES}]\d{{2,4}}(?:[{ONE_LETTER_CODES}](?![a-z])|\*(?![\w*])|_[{ONE_LETTER_CODES}]\d+(?:delins|ins|del|"
    rf"dup)[{ONE_LETTER_CODES}]*|fs\*?\d*|del\b)?)(?P<glued>BRAF|NRAS|HRAS|KRAS|RET|TERT)?(?![A-Za-z0-9])"
)  # fmt: skip
CODING_NAME = re.compile(
    r"c\.\s?(?:\*|-)?\s?\d{1,5}(?:[_+-]\d{1,5})*\s?(?:[ACGT]\s?(?:>|->)\s?[ACGT]|(?:del|dup|ins|"
    r"delins)[ACGT]*(?:ins[ACGT]+)?)|(?<!\w)-\s?1(?:24|46)\s?C\s?>\s?T"
)
OLD_CODING_NAME = re.compile(r"(?<![A-Za-z0-9])(?P<from>[ACGT])(?P<at>\d{3,4})(?P<to>[ACGT])(?![A-Za-z0-9])")
CODON_LIST = re.compile(
    r"\b[Cc]od(?:ons?|\.)?\s*(?P<codon>\d{1,4})(?P<more>(?:\s*(?:/|,(?:\s*(?:and|or))?|and|or)\s*\d{1,4}\b)*)"
)
GENE_WITH_ALTERATION = re.compile(
    rf"(?<![A-Za-z0-9])(?P<gene>BRAF|NRAS|HRAS|KRAS|RET|"
    rf"TERT)[\s_^-]?(?:\(\s*)?(?P<alteration>[{ONE_LETTER_CODES}]\d{{2,4}}[{ONE_LETTER_CODES}])(?![A-Za-z0-9])"
)
GENE_PAIR = re.compile(
    r"(?<![A-Za-z0-9])(?P<left>[A-Z][A-Za-z0-9γ]{1,9}|ETV6|Delta)\s?(?:::|--?|/|"
    r"–)\s?(?P<right>[A-Z][A-Za-z0-9γ]{1,9})(?![A-Za-z0-9])"
)
RET_PTC = re.compile(r"(?<![A-Za-z0-9])RET[/-]?\s?(?:PTC|ptc)[\s-]?(?P<number>[1-9])?(?![A-Za-z0-9])", re.IGNORECASE)
FUSION_BETWEEN = re.compile(
    r"(?:[Ff]usions?|[Rr]earrangements?|[Tt]ranslocations?)\s+(?:of|between|involving|"
    r"gene)\s+(?:the\s+)?(?:genes\s+)?(?P<left>[A-Z][A-Z0-9]{2,9})\s+(?:and|with|"
    r"to)\s+(?P<right>[A-Z][A-Z0-9]{2,9})"
)
FUSION_WITH_PARTNER = re.compile(
    r"(?<![A-Za-z0-9])(?P<right>RET|NTRK[123]|ALK|ROS1|MET|BRAF|PPARG)\s+(?:fusion|rearrangement|"
    r"fused)\s*(?:with|to|\(?partner:?|\()\s*(?P<left>[A-Z][A-Z0-9]{2,9})"
)
ALTERATION_HINT = re.compile(r"\d{2,4}(?:[A-Z_]|[a-z]{2})")
ALTERATION_SUBSTRINGS = (
    "p.",
    "c.",
    "codon",
    "Codon",
    "cod.",
    "Cod.",
    "cod ",
    "Cod ",
    "PTC",
    "ptc",
    "RET",
    "ret",
    "::",
    "C>",
    "C >",
)
"""Substrings that alterations contain. Searching for substrings is far faster than for a pattern."""
FUSION_GENES = frozenset(
    {"RET", "NTRK1", "NTRK2", "NTRK3", "ALK", "ROS1", "MET", "BRAF", "PPARG", "FGFR2", "FGFR3", "LTK", "THADA", "EGFR"}
)
GENES_LISTED_WITH_SLASH = frozenset(
    {"BRAF", "NRAS", "HRAS", "KRAS", "RET", "ALK", "ROS1", "MET", "TERT", "TP53", "NTRK1", "NTRK2", "NTRK3", "PIK3CA"}
)
GENES_OF_HOTSPOTS = (
    (re.compile(r"(?:p\.)?\(?(?:V|Val)\s?600"), "BRAF"),
    (re.compile(r"(?:p\.)?\(?(?:K|Lys)601(?:E|Glu)"), "BRAF"),
    (re.compile(r"C2(?:28|50)T"), "TERT"),
    (re.compile(r"-\s?1(?:24|46)\s?C"), "TERT"),
    (re.compile(r"T1799A|c\.1799"), "BRAF"),
    (re.compile(r"(?:p\.)?\(?(?:M|Met)918"), "RET"),
    (re.compile(r"(?:p\.)?\(?(?:C|Cys)634"), "RET"),
    (re.compile(r"(?:p\.)?\(?(?:Q|Gln)61\b|(?:p\.)?\(?(?:Q|Gln)61[A-Z]"), "ras"),
)
"""The gene of a hotspot if the text names none. Codon 61 belongs to any RAS gene.

Source: knowledge/vocabulary/alteration.yaml.
"""


@dataclass(frozen=True)
class WrittenAlteration:
    """An alteration as written. `gene` is part of the name itself; `implied_gene` is the gene of a hotspot."""

    start: int
    end: int
    name: str
    kind: str
    gene: str = ""
    partner: str = ""
    implied_gene: str = ""


def find_alterations(note: TokenisedNote) -> list[WrittenAlteration]:
    """Return every alteration of the note, in order, without overlaps."""
    spans = _candidate_sentences(note)
    sentences = [note.flat[start:end] for start, end in spans]
    alterations = [
        replace(alteration, start=alteration.start + start, end=alteration.end + start)
        for (start, _), sentence in zip(spans, sentences, strict=True)
        for alteration in (*_fusions(sentence), *_named_alterations(sentence))
    ]
    alterations.sort(key=lambda alteration: (alteration.start, -alteration.end))
    distinct: list[WrittenAlteration] = []
    for alteration in alterations:
        if not distinct or alteration.start >= distinct[-1].end:
            distinct.append(alteration)
    return distinct


def _candidate_sentences(note: TokenisedNote) -> list[tuple[int, int]]:
    """Return the spans of sentences that name a gene or may name an alteration."""
    offsets = [hit.start for hit in note.hits_of("gene", "fusion_partner")]
    offsets += [match.start() for match in ALTERATION_HINT.finditer(note.flat)]
    offsets += [start for start, _ in spans_of(note.flat, ALTERATION_SUBSTRINGS)]
    indexes = sorted({note.sentence_index(offset) for offset in offsets})
    return [(note.sentences[index].start, note.sentences[index].end) for index in indexes]


def _named_alterations(flat: str) -> Iterator[WrittenAlteration]:
    for match in GENE_WITH_ALTERATION.finditer(flat):
        yield WrittenAlteration(match.start(), match.end(), match["alteration"], "name", match["gene"])
    for match in PROTEIN_NAME.finditer(flat):
        name, glued = "".join(match.group().split()), match["glued"] or ""
        name = name[: len(name) - len(glued)] if glued else name
        if "(" not in name:
            name = name.rstrip(")")
        old = OLD_CODING_NAME.fullmatch(name)
        if old and (int(old["at"]) >= 1000 or name in ("C228T", "C250T")):
            continue
        codon_only = bool(re.fullmatch(rf"(?:p\.)?\(?(?:{THREE_LETTER_CODES}|[{ONE_LETTER_CODES}])\d{{1,4}}\)?", name))
        if (
            codon_only
            and not GENES_OF_HOTSPOTS[0][0].match(name)
            and not re.fullmatch(r"(?:p\.)?(?:G12|G13|Q61|M918|C634|K601|V804|G810)", name)
        ):
            continue
        yield WrittenAlteration(match.start(), match.end(), name, "name", glued, implied_gene=_implied_gene(name))
    for match in CODING_NAME.finditer(flat):
        name = re.sub(r"\s", "", match.group()).replace("->", ">").replace("c.1-", "c.-")
        yield WrittenAlteration(
            match.start(),
            match.end(),
            name if name.startswith("c.") else f"c.{name}",
            "name",
            implied_gene=_implied_gene(name),
        )
    yield from _old_coding_names(flat)
    for match in CODON_LIST.finditer(flat):
        further_codons = re.findall(r"\d+", match["more"])
        yield WrittenAlteration(match.start(), match.end(), ",".join([match["codon"], *further_codons]), "codon")


def _old_coding_names(flat: str) -> Iterator[WrittenAlteration]:
    """Yield old names: `T1799A` is c.1799T>A; `C228T` and `C250T` are TERT promoter variants and stay as written."""
    for match in OLD_CODING_NAME.finditer(flat):
        if match.group() in ("C228T", "C250T"):
            yield WrittenAlteration(match.start(), match.end(), match.group(), "name", "TERT")
        elif int(match["at"]) >= 1000:
            name = f"c.{match['at']}{match['from']}>{match['to']}"
            yield WrittenAlteration(match.start(), match.end(), name, "name", implied_gene=_implied_gene(name))


def _implied_gene(name: str) -> str:
    return next((gene for pattern, gene in GENES_OF_HOTSPOTS if pattern.match(name)), "")


def _fusions(flat: str) -> Iterator[WrittenAlteration]:
    for match in RET_PTC.finditer(flat):
        number = match["number"]
        partner = vocabularies()["fusion_partner"].code_of(f"RET/PTC{number}") if number else None
        yield WrittenAlteration(match.start(), match.end(), "fusion", "fusion", "RET", partner or "")
    for pattern in (GENE_PAIR, FUSION_BETWEEN, FUSION_WITH_PARTNER):
        for match in pattern.finditer(flat):
            if (
                pair := _fusion_pair(match["left"], match["right"], listed="/" in match.group() or "-" in match.group())
            ) is not None:
                yield WrittenAlteration(match.start(), match.end(), "fusion", "fusion", *pair)


@cache
def _gene_code(name: str) -> str | None:
    """Return the code of a gene or partner, whose name is compared in capitals."""
    upper = name.upper().replace("Γ", "γ")
    return vocabularies()["gene"].code_of(upper) or vocabularies()["fusion_partner"].code_of(upper)


def _fusion_pair(left: str, right: str, listed: bool) -> tuple[str, str] | None:
    """Return the altered gene and its partner, or None: `BRAF/NRAS` is a list of genes, not a fusion."""
    genes = (_gene_code(left), _gene_code(right))
    if None in genes or (listed and set(genes) <= GENES_LISTED_WITH_SLASH) or genes[0] == genes[1]:
        return None
    for gene, partner in (genes[::-1], genes):
        if gene in FUSION_GENES and partner in vocabularies()["fusion_partner"].terms:
            return str(gene), str(partner)
    return None


@cache
def promoter_names() -> frozenset[str]:
    """Return names of promoter variants, as written and in HGVS form."""
    table = knowledge_table("alteration")["promoter"]
    return frozenset(name for names in table.values() for pair in names.items() for name in pair)
