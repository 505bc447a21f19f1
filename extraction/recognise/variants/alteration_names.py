"""Names of alterations in text: HGVS, short forms, codons, promoter and fusion names, with the gene they imply."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from extraction.prefilter import places as places_of
from extraction.tokenised_note import TokenisedNote
from schemas.summary.alteration import AMINO_ACIDS
from schemas.summary.vocabulary import knowledge_table, vocabularies

ONE = "ACDEFGHIKLMNPQRSTVWY"
THREE = "|".join(sorted(set(AMINO_ACIDS.values())))
PROTEIN = re.compile(
    rf"p\.\s?\(?(?:{THREE}|[{ONE}])\d{{1,4}}(?:_(?:{THREE}|[{ONE}])\d{{1,4}})?(?:(?:delins|"
    rf"ins)(?:{THREE}|[{ONE}])+|del|dup|fs(?:\*\d+|Ter\d+)?|{THREE}|[{ONE}*X])?\)?"
    rf"|\b(?:{THREE})\s?\d{{2,4}}\s?(?:{THREE})\b"
    rf"|(?<![A-Za-z0-9])(?P<short>[{ONE}]\d{{2,4}}(?:[{ONE}](?![a-z])|\*(?![\w*])|_[{ONE}]\d+(?:delins|ins|del|"
    rf"dup)[{ONE}]*|fs\*?\d*|del\b)?)(?P<glued>BRAF|NRAS|HRAS|KRAS|RET|TERT)?(?![A-Za-z0-9])"
)  # fmt: skip
CODING = re.compile(
    r"c\.\s?(?:\*|-)?\s?\d{1,5}(?:[_+-]\d{1,5})*\s?(?:[ACGT]\s?(?:>|->)\s?[ACGT]|(?:del|dup|ins|"
    r"delins)[ACGT]*(?:ins[ACGT]+)?)|(?<!\w)-\s?1(?:24|46)\s?C\s?>\s?T"
)
OLD_CODING = re.compile(r"(?<![A-Za-z0-9])(?P<from>[ACGT])(?P<at>\d{3,4})(?P<to>[ACGT])(?![A-Za-z0-9])")
CODON = re.compile(
    r"\b[Cc]od(?:ons?|\.)?\s*(?P<codon>\d{1,4})(?P<more>(?:\s*(?:/|,(?:\s*(?:and|or))?|and|or)\s*\d{1,4}\b)*)"
)
GLUED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<gene>BRAF|NRAS|HRAS|KRAS|RET|"
    rf"TERT)[\s_^-]?(?:\(\s*)?(?P<alteration>[{ONE}]\d{{2,4}}[{ONE}])(?![A-Za-z0-9])"
)
PAIR = re.compile(
    r"(?<![A-Za-z0-9])(?P<left>[A-Z][A-Za-z0-9γ]{1,9}|ETV6|Delta)\s?(?:::|--?|/|"
    r"–)\s?(?P<right>[A-Z][A-Za-z0-9γ]{1,9})(?![A-Za-z0-9])"
)
HISTORIC = re.compile(r"(?<![A-Za-z0-9])RET[/-]?\s?(?:PTC|ptc)[\s-]?(?P<number>[1-9])?(?![A-Za-z0-9])", re.IGNORECASE)
BETWEEN = re.compile(
    r"(?:[Ff]usions?|[Rr]earrangements?|[Tt]ranslocations?)\s+(?:of|between|involving|"
    r"gene)\s+(?:the\s+)?(?:genes\s+)?(?P<left>[A-Z][A-Z0-9]{2,9})\s+(?:and|with|"
    r"to)\s+(?P<right>[A-Z][A-Z0-9]{2,9})"
)
WITH_PARTNER = re.compile(
    r"(?<![A-Za-z0-9])(?P<right>RET|NTRK[123]|ALK|ROS1|MET|BRAF|PPARG)\s+(?:fusion|rearrangement|"
    r"fused)\s*(?:with|to|\(?partner:?|\()\s*(?P<left>[A-Z][A-Z0-9]{2,9})"
)
LIKE_ONE = re.compile(r"\d{2,4}(?:[A-Z_]|[a-z]{2})")
LIKE_ONE_TOO = (
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
"""What every alteration holds. Plain pieces are found far faster than a pattern that holds them."""
FUSED = frozenset(
    {"RET", "NTRK1", "NTRK2", "NTRK3", "ALK", "ROS1", "MET", "BRAF", "PPARG", "FGFR2", "FGFR3", "LTK", "THADA", "EGFR"}
)
PLAIN_GENES = frozenset(
    {"BRAF", "NRAS", "HRAS", "KRAS", "RET", "ALK", "ROS1", "MET", "TERT", "TP53", "NTRK1", "NTRK2", "NTRK3", "PIK3CA"}
)
IMPLIED = (
    (re.compile(r"(?:p\.)?\(?(?:V|Val)\s?600"), "BRAF"),
    (re.compile(r"(?:p\.)?\(?(?:K|Lys)601(?:E|Glu)"), "BRAF"),
    (re.compile(r"C2(?:28|50)T"), "TERT"),
    (re.compile(r"-\s?1(?:24|46)\s?C"), "TERT"),
    (re.compile(r"T1799A|c\.1799"), "BRAF"),
    (re.compile(r"(?:p\.)?\(?(?:M|Met)918"), "RET"),
    (re.compile(r"(?:p\.)?\(?(?:C|Cys)634"), "RET"),
    (re.compile(r"(?:p\.)?\(?(?:Q|Gln)61\b|(?:p\.)?\(?(?:Q|Gln)61[A-Z]"), "ras"),
)
"""The gene that a hotspot belongs to where the text names none. Codon 61 is that of any RAS.

Source: knowledge/vocabulary/alteration.yaml.
"""


@dataclass(frozen=True)
class WrittenAlteration:
    """An alteration as written. `gene` stands in the name itself; `implied` is its gene where none is named."""

    start: int
    end: int
    name: str
    kind: str
    gene: str = ""
    partner: str = ""
    implied: str = ""


def alterations(reading: TokenisedNote) -> list[WrittenAlteration]:
    """Every alteration of the note, in order, none within another."""
    spans = _spans(reading)
    pieces = [reading.flat[start:end] for start, end in spans]
    found = [
        replace(one, start=one.start + start, end=one.end + start)
        for (start, _), piece in zip(spans, pieces, strict=True)
        for one in (*_fusions(piece), *_named(piece))
    ]
    found.sort(key=lambda one: (one.start, -one.end))
    out: list[WrittenAlteration] = []
    for one in found:
        if not out or one.start >= out[-1].end:
            out.append(one)
    return out


def _spans(reading: TokenisedNote) -> list[tuple[int, int]]:
    """The sentences that name a gene or something like an alteration."""
    places = [term.start for term in reading.of("gene", "fusion_partner")]
    places += [match.start() for match in LIKE_ONE.finditer(reading.flat)]
    places += [start for start, _ in places_of(reading.flat, LIKE_ONE_TOO)]
    indexes = sorted({reading.index_at(place) for place in places})
    return [(reading.sentences[index].start, reading.sentences[index].end) for index in indexes]


def _named(flat: str) -> Iterator[WrittenAlteration]:
    for match in GLUED.finditer(flat):
        yield WrittenAlteration(match.start(), match.end(), match["alteration"], "name", match["gene"])
    for match in PROTEIN.finditer(flat):
        name, glued = "".join(match.group().split()), match["glued"] or ""
        name = name[: len(name) - len(glued)] if glued else name
        if "(" not in name:
            name = name.rstrip(")")
        old = OLD_CODING.fullmatch(name)
        if old and (int(old["at"]) >= 1000 or name in ("C228T", "C250T")):
            continue
        codon_only = bool(re.fullmatch(rf"(?:p\.)?\(?(?:{THREE}|[{ONE}])\d{{1,4}}\)?", name))
        if (
            codon_only
            and not IMPLIED[0][0].match(name)
            and not re.fullmatch(r"(?:p\.)?(?:G12|G13|Q61|M918|C634|K601|V804|G810)", name)
        ):
            continue
        yield WrittenAlteration(match.start(), match.end(), name, "name", glued, implied=_implied(name))
    for match in CODING.finditer(flat):
        name = re.sub(r"\s", "", match.group()).replace("->", ">").replace("c.1-", "c.-")
        yield WrittenAlteration(
            match.start(), match.end(), name if name.startswith("c.") else f"c.{name}", "name", implied=_implied(name)
        )
    yield from _old_coding(flat)
    for match in CODON.finditer(flat):
        more = re.findall(r"\d+", match["more"])
        yield WrittenAlteration(match.start(), match.end(), ",".join([match["codon"], *more]), "codon")


def _old_coding(flat: str) -> Iterator[WrittenAlteration]:
    """`T1799A` is c.1799T>A; `C228T` and `C250T` are names of TERT promoter variants and stay as they are."""
    for match in OLD_CODING.finditer(flat):
        if match.group() in ("C228T", "C250T"):
            yield WrittenAlteration(match.start(), match.end(), match.group(), "name", "TERT")
        elif int(match["at"]) >= 1000:
            name = f"c.{match['at']}{match['from']}>{match['to']}"
            yield WrittenAlteration(match.start(), match.end(), name, "name", implied=_implied(name))


def _implied(name: str) -> str:
    return next((gene for pattern, gene in IMPLIED if pattern.match(name)), "")


def _fusions(flat: str) -> Iterator[WrittenAlteration]:
    for match in HISTORIC.finditer(flat):
        number = match["number"]
        partner = vocabularies()["fusion_partner"].code_of(f"RET/PTC{number}") if number else None
        yield WrittenAlteration(match.start(), match.end(), "fusion", "fusion", "RET", partner or "")
    for pattern in (PAIR, BETWEEN, WITH_PARTNER):
        for match in pattern.finditer(flat):
            if (
                pair := _pair(match["left"], match["right"], listed="/" in match.group() or "-" in match.group())
            ) is not None:
                yield WrittenAlteration(match.start(), match.end(), "fusion", "fusion", *pair)


@cache
def _gene(name: str) -> str | None:
    """A gene or partner by its written name, in capitals as genes are written."""
    upper = name.upper().replace("Γ", "γ")
    return vocabularies()["gene"].code_of(upper) or vocabularies()["fusion_partner"].code_of(upper)


def _pair(left: str, right: str, listed: bool) -> tuple[str, str] | None:
    """The altered gene and its partner: `BRAF/NRAS` is a list of genes and no fusion."""
    genes = (_gene(left), _gene(right))
    if None in genes or (listed and set(genes) <= PLAIN_GENES) or genes[0] == genes[1]:
        return None
    for gene, partner in (genes[::-1], genes):
        if gene in FUSED and partner in vocabularies()["fusion_partner"].terms:
            return str(gene), str(partner)
    return None


@cache
def promoter_names() -> frozenset[str]:
    """Names of promoter variants, as written and in HGVS form."""
    table = knowledge_table("alteration")["promoter"]
    return frozenset(name for names in table.values() for pair in names.items() for name in pair)
