"""Normalises the names of variants: V600E, p.Val600Glu, c.1799T>A and V600EBRAF are the same alteration."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import ValidationError

from schemas.inputs.faults import FaultMessage
from schemas.summary.fields import CORRECT_ONE, CodeField, FactField, code_column, field_error
from schemas.summary.quantity import Quantity, read_quantity
from schemas.summary.reference_codons import (
    CODING,
    PROTEIN,
    check_residue,
    is_known_base,
    is_known_residue,
    is_other_transcript,
    may_be_base,
    may_be_residue,
    may_be_synonymous,
    protein_name,
    translate,
)
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import knowledge_table, vocabularies

TYPE_MARKS = (("fs", "truncating"), ("delins", "indel"), ("dup", "duplication"))
TYPE_WORDS = {"splice": "mutation", "splicesite": "mutation", "splicevariant": "mutation", "promoter": "promoter"}
"""Words for a type of alteration, in addition to the vocabulary; the effect of a splice variant is not known."""
EXON = re.compile(
    r"(?:in|of)?(?:exon|ex)(?P<exon>\d{1,2})(?P<change>skipping|skip|deletion|del|insertion|ins|duplication|dup|delins|"
    r"indel|mutation|variant)?s?(?:mutation|variant)?",
    re.IGNORECASE,
)
EXON_TYPES = {"del": "deletion", "ins": "insertion", "dup": "duplication", "indel": "indel", "delins": "indel"}
TRANSCRIPT = re.compile(r"\(?\b(?P<id>N[MP]_\d+|ENS[TP]\d+)(?:\.\d+)?\)?:?", re.IGNORECASE)
SPLICE = re.compile(
    r"c\.(?P<start>\d{1,5})(?:_\d{1,5})?[+-]\d{1,4}(?:_\d{1,5}(?:[+-]\d{1,4})?)?(?:[ACGT]>[ACGT]|(?:del|dup|ins)[ACGT]*)"
)
TWO_NAMES = (
    re.compile(r"(c\.[^p(]+?)[,;/:=]?(p\..+)"),
    re.compile(r"(p\.[^c(]+?|p\.\([^()]+\))[,;/:=]?(c\..+)"),
    re.compile(r"(p\.\([^()]+\)|[^()]{3,})\((.+)\)"),
)
"""A coding name and a protein name together: `c.1799T>A (p.Val600Glu)`. White space is removed before."""
WITHOUT_PREFIX = re.compile(r"[ACGT]\d{2,4}[ACGT]", re.IGNORECASE)
"""A name that may be of a protein or, without `c.`, of a coding sequence: T1799A."""
GENE_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{1,9}(?:-[A-Z0-9]{1,4})?|C\d{1,2}orf\d{1,3}")

EXAMPLE = "for example V600E, p.Val600Glu, c.1799T>A, C228T, CCDC6::RET or fusion"


class AlterationField(FactField):
    """A variant's name in HGVS form; `normalise_variant` completes it once the gene is known."""

    kind = "code"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > 80:
            raise field_error("not the name of an alteration", EXAMPLE)
        return "".join(value.split())

    def column(self, values: Any) -> Any:
        return code_column(values)

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", *self.null], "maxLength": 80, "examples": ["p.Val600Glu"]}


def normalise_variant(variant: dict[str, Any]) -> dict[str, Any]:
    """Complete a variant: HGVS name, codon, type and fusion partner, as far as they follow from each other.

    Raises: ValidationError for an unreadable name, and for other fields that contradict it.
    Source: HGVS nomenclature 21.0, https://hgvs-nomenclature.org
    """
    out = dict(variant)
    written = out.pop("alteration", None)
    if written is not None:
        out = _merged(out, _read(written, out["gene"]))
    if out.get("alteration_type") == "synonymous":
        out.setdefault("significance", "benign")
    return _merged(out, {"alteration_type": "fusion"}) if "fusion_partner" in out else out


def _merged(reported: dict[str, Any], derived: dict[str, Any]) -> dict[str, Any]:
    """The reported and the derived fields; where both are given and agree, the more exact one."""
    out = dict(reported)
    for key, value in derived.items():
        if key not in reported or _allows(key, reported[key], value):
            out[key] = value
        elif not _allows(key, value, reported[key]):
            problem = FaultMessage("contradicts the alteration or the fusion partner", CORRECT_ONE)
            raise ValidationError({key: [problem]})
    return out


def _allows(key: str, wider: Any, narrower: Any) -> bool:
    if key == "codon":
        count = dimensions()["count"]
        return count.interval(wider).meet(count.interval(narrower)) == count.interval(narrower)
    return narrower in vocabularies()[key].below([wider])


def comparable_alteration(variant: Mapping[str, Any]) -> str | None:
    """The name that criteria compare: the alteration if its name decides it, else its codon, else None (unknown).

    A coding name that cannot be translated may be any change of its codon.
    """
    name = variant.get("alteration")
    if name is not None and name.startswith(("p.", "c.-")):
        return str(name)
    codon = variant.get("codon")
    if codon is None or codon.lower != codon.upper or codon.lower is None:
        return None
    return undetermined_at(int(codon.lower))


def undetermined_at(codon: int) -> str:
    """What stands for an unknown change of this codon."""
    return f"unknown change of codon {codon}"


def _read(written: str, gene: str) -> dict[str, Any]:
    transcripts = {found["id"].upper() for found in TRANSCRIPT.finditer(written)}
    text = TRANSCRIPT.sub("", written)
    bare = re.sub(rf"^\(?{gene}\)?[:_-]?|[:_-]?{gene}$", "", text, flags=re.IGNORECASE)
    if kind := _type_in_words(bare):
        return {"alteration_type": kind}
    if partner := _partner(text, gene):
        return {"alteration_type": "fusion", "fusion_partner": partner}
    found = _read_names(_tidied(bare), gene)
    if is_other_transcript(gene, transcripts):
        return {"alteration_type": "mutation"}
    return found


def _tidied(bare: str) -> str:
    """The name without the word mutation, with bases in capitals, and `>` of several residues or bases as delins."""
    name = re.sub(r"(?i)(?<=[A-Z\d*)])[_-]?(?:mutations?|mutated|mutant|variant|substitution|promoter)$", "", bare)
    name = re.sub(r"(?i)^(?:promoter|chr\d{1,2}:)(?=.)", "", name)
    if re.match(r"(?i)c\.", name) and "p." not in name:
        name = "c." + re.sub(r"(?i)del|ins|dup|inv|[acgt]+", _base_or_word, name[2:])
        return re.sub(r"^(c\.\d+_\d+)[ACGT]+>([ACGT]+)$", r"\1delins\2", name)
    return re.sub(r"(?<=_[A-Z]\d{3})>(?=[A-Z])", "delins", name)


def _base_or_word(found: re.Match[str]) -> str:
    word = found.group().lower()
    return word if word in ("del", "ins", "dup", "inv") else word.upper()


def _type_in_words(bare: str) -> str | None:
    word = re.sub(r"[-_]", "", bare).casefold()
    return TYPE_WORDS.get(word) or _squeezed_types().get(word)


@cache
def _squeezed_types() -> dict[str, str]:
    """The words of the vocabulary of types, without white space and hyphens."""
    terms = vocabularies()["alteration_type"].terms.values()
    words = [(word, term.code) for term in terms for word in (term.code, term.label, *term.synonyms)]
    return {re.sub(r"[\s_-]", "", word).casefold(): code for word, code in words}


def _read_names(bare: str, gene: str) -> dict[str, Any]:
    """Read one name, or two names of one alteration."""
    for pattern in TWO_NAMES:
        if both := pattern.fullmatch(bare):
            return _agreed(*(_read_name(name.strip("()") if name[0] == "(" else name, gene) for name in both.groups()))
    return _read_name(bare, gene)


def _agreed(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """What two names of one alteration say together.

    Raises: ValidationError where they name different alterations.
    """
    names = {name for name in (comparable_alteration(first), comparable_alteration(second)) if name}
    decided = {name for name in names if not name.startswith("unknown")}
    same_codon = "codon" not in first or "codon" not in second or _overlap(first["codon"], second["codon"])
    if len(decided) > 1 or not same_codon:
        raise ValidationError({"alteration": [FaultMessage("names two different alterations", CORRECT_ONE)]})
    return second if comparable_alteration(second) in decided else first


def _overlap(first: Any, second: Any) -> bool:
    count = dimensions()["count"]
    return count.interval(first).meet(count.interval(second)) is not None


def _read_name(written: str, gene: str) -> dict[str, Any]:
    table = knowledge_table("alteration")
    promoter = table["promoter"].get(gene, {})
    if written in promoter or written in promoter.values():
        return {"alteration": promoter.get(written, written), "alteration_type": "promoter"}
    bare = table["renamed"].get(gene, {}).get(written.removeprefix("p.").strip("()"), written)
    bare = table["coding"].get(gene, {}).get(re.sub(r"del[ACGT]+$", "del", bare), bare)
    if WITHOUT_PREFIX.fullmatch(bare):
        return _read_ambiguous(bare.upper(), gene)
    if coding := CODING.fullmatch(bare):
        return _of_coding(bare, coding, gene)
    if splice := SPLICE.fullmatch(bare):
        codon = read_quantity((int(splice["start"]) + 2) // 3)
        return {"alteration": bare, "codon": codon, "alteration_type": "mutation"}
    if exon := EXON.fullmatch(bare):
        return {"alteration_type": EXON_TYPES.get((exon["change"] or "")[:3].lower(), "mutation")} | (
            {"alteration_type": "indel"} if (exon["change"] or "").lower() in ("indel", "delins") else {}
        )
    found = PROTEIN.fullmatch(bare)
    if found is None:
        raise ValidationError({"alteration": [FaultMessage("not the name of an alteration", EXAMPLE)]})
    check_residue(gene, found)
    return _of_protein(bare, found)


def _read_ambiguous(bare: str, gene: str) -> dict[str, Any]:
    """T1799A: a protein name, unless the gene has no such residue; or a coding name without its prefix.

    A name that fits a known codon as a coding name, and no known residue, may be either: its codon is one of the two.
    """
    protein = PROTEIN.fullmatch(bare)
    coding = f"c.{bare[1:-1]}{bare[0]}>{bare[-1]}"
    of_coding = CODING.fullmatch(coding)
    assert protein is not None
    assert of_coding is not None
    if may_be_residue(gene, protein["from"], int(protein["codon"])):
        codon, base = int(protein["codon"]), int(of_coding["start"])
        if is_known_base(gene, base, bare[0]) and not is_known_residue(gene, codon):
            return {"codon": _span((base + 2) // 3, codon), "alteration_type": "mutation"}
        return _of_protein(bare, protein)
    if not may_be_base(gene, int(of_coding["start"]), bare[0]):
        check_residue(gene, protein)
    return _of_coding(coding, of_coding, gene)


def _of_protein(bare: str, found: re.Match[str]) -> dict[str, Any]:
    codon = _span(int(found["codon"]), int(found["to_codon"] or found["codon"]))
    if not found["change"] or re.search(r"/|^x(?:aa)?$", found["change"], re.IGNORECASE):
        return {"codon": codon, "alteration_type": "mutation"}
    name = protein_name(bare)
    assert name is not None
    kind = "synonymous" if name.endswith("=") else _type(found["change"].lower())
    return {"alteration": name, "codon": codon, "alteration_type": kind}


def _of_coding(bare: str, found: re.Match[str], gene: str) -> dict[str, Any]:
    start, end = int(found["start"]), int(found["end"] or found["start"])
    if start < 0:
        return {"alteration": bare, "alteration_type": "promoter"}
    if translated := translate(gene, found):
        name = PROTEIN.fullmatch(translated)
        assert name is not None
        return _of_protein(translated, name)
    read: dict[str, Any] = {"alteration": bare, "codon": _span((start + 2) // 3, (end + 2) // 3)}
    if not found["from_base"]:
        return read | {"alteration_type": _type(bare.lower())}
    return read | ({} if may_be_synonymous(found) else {"alteration_type": "mutation"})


def _span(first: int, last: int) -> Quantity:
    return read_quantity(first if first == last else f"{first}-{last}")


def _type(change: str) -> str:
    for mark, kind in TYPE_MARKS:
        if mark in change:
            return kind
    if "del" in change and "ins" in change:
        return "indel"
    if "del" in change:
        return "deletion"
    if "ins" in change:
        return "insertion"
    return "truncating" if change in ("*", "ter") else "substitution"


def _partner(written: str, gene: str) -> str | None:
    """The other gene of a fusion written A::B, A-B or A/B; historic names such as RET/PTC1 are synonyms.

    A partner that is not in the vocabulary needs `::` or the word fusion: BRAF/NRAS is a list of genes.
    """
    partners = vocabularies()["fusion_partner"]
    if historic := partners.code_of(written):
        return historic
    text = re.sub(r"(?i)fusion$", "", written)
    genes = re.split(r"::|[-/–]", text)
    others = [name for name in genes if name.upper() != gene.upper()]
    if len(genes) != 2 or len(others) != 1:
        return None
    if known := partners.code_of(others[0]):
        return known
    is_fusion = "::" in text or text != written
    return others[0] if is_fusion and GENE_SYMBOL.fullmatch(others[0]) else None


class FusionPartnerField(CodeField):
    """A gene of the vocabulary of partners, or the symbol of any other gene."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        known = self.vocabulary.code_of(value) if isinstance(value, str) else None
        if known is None and isinstance(value, str) and GENE_SYMBOL.fullmatch(value):
            return value
        return super()._deserialize(value, attr, data, **kwargs)
