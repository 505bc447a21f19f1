"""Normalises the names of variants: V600E, p.Val600Glu, c.1799T>A and V600EBRAF are the same alteration."""

import re
from typing import Any

from marshmallow import ValidationError

from schemas.inputs.faults import FaultMessage
from schemas.summary.fields import CORRECT_ONE, FactField, code_column, field_error
from schemas.summary.quantity import read_quantity
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import knowledge_table, vocabularies

AMINO_ACIDS = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly", "H": "His",
    "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp",
    "Y": "Tyr", "V": "Val", "*": "Ter", "X": "Ter",
}  # fmt: skip  # IUPAC-IUB one- and three-letter codes; HGVS writes a stop as Ter or *
RESIDUE = "|".join([*dict.fromkeys(AMINO_ACIDS.values()), *(re.escape(letter) for letter in AMINO_ACIDS)])
PROTEIN = re.compile(
    rf"(?:p\.)?\(?(?P<from>{RESIDUE})(?P<codon>\d{{1,4}})(?:_(?P<to_residue>{RESIDUE})(?P<to_codon>\d{{1,4}}))?"
    rf"(?P<change>(?:delins|ins)(?:(?:{RESIDUE})+)|del|dup|fs(?:(?:\*|Ter)\d+)?|{RESIDUE}|=)?\)?",
    re.IGNORECASE,
)
CODING = re.compile(
    r"c\.(?P<start>-?\d{1,5})(?:_\d{1,5})?(?:[ACGT]>[ACGT]|(?:del|dup|ins|delins)[ACGT]*(?:ins[ACGT]+)?)"
)
TYPE_WORDS = {"fusion": "fusion", "rearrangement": "fusion", "mutation": "mutation", "amplification": "amplification"}
"""Words for a type of alteration that name no specific alteration."""

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


def protein_name(written: str) -> str | None:
    """The three-letter HGVS protein name, or None where the text is not a protein name."""
    found = PROTEIN.fullmatch(written)
    if not found or not found["change"]:
        return None
    span = f"_{_three(found['to_residue'])}{found['to_codon']}" if found["to_codon"] else ""
    return f"p.{_three(found['from'])}{found['codon']}{span}{_change(found['change'])}"


def _read(written: str, gene: str) -> dict[str, Any]:
    if written.lower() in TYPE_WORDS:
        return {"alteration_type": TYPE_WORDS[written.lower()]}
    if partner := _partner(written, gene):
        return {"alteration_type": "fusion", "fusion_partner": partner}
    table = knowledge_table("alteration")
    bare = re.sub(rf"^{gene}[:_-]?|[:_-]?{gene}$", "", written, flags=re.IGNORECASE)
    promoter = table["promoter"].get(gene, {})
    if bare in promoter or bare in promoter.values():
        return {"alteration": promoter.get(bare, bare), "alteration_type": "promoter"}
    bare = table["coding"].get(gene, {}).get(bare, bare)
    if coding := CODING.fullmatch(bare):
        return {"alteration": bare, **_of_coding(bare, int(coding["start"]))}
    found = PROTEIN.fullmatch(bare)
    if found is None:
        raise ValidationError({"alteration": [FaultMessage("not the name of an alteration", EXAMPLE)]})
    return _of_protein(bare, found)


def _of_protein(bare: str, found: re.Match[str]) -> dict[str, Any]:
    codon = read_quantity(int(found["codon"]))
    if not found["change"]:
        return {"codon": codon, "alteration_type": "mutation"}
    return {"alteration": protein_name(bare), "codon": codon, "alteration_type": _type(found["change"].lower())}


def _of_coding(bare: str, start: int) -> dict[str, Any]:
    if start < 0:
        return {"alteration_type": "promoter"}
    return {"codon": read_quantity((start + 2) // 3), "alteration_type": _type(bare.lower())}


def _type(change: str) -> str:
    for sign, kind in (("fs", "truncating"), ("delins", "indel"), ("dup", "duplication")):
        if sign in change:
            return kind
    if "del" in change and "ins" in change:
        return "indel"
    if "del" in change:
        return "deletion"
    if "ins" in change:
        return "insertion"
    if change == "=":
        return "synonymous"
    return "truncating" if change in ("*", "x", "ter") else "substitution"


def _partner(written: str, gene: str) -> str | None:
    """The other gene of a fusion written A::B, A-B or A/B; historic names such as RET/PTC1 are synonyms."""
    partners = vocabularies()["fusion_partner"]
    if historic := partners.code_of(written):
        return historic
    genes = re.split(r"::|[-/–]", re.sub(r"(?i)fusion$", "", written))
    others = [name for name in genes if name.upper() != gene.upper()]
    if len(genes) != 2 or len(others) != 1:
        return None
    return partners.code_of(others[0])


def _three(residue: str) -> str:
    return AMINO_ACIDS.get(residue.upper(), residue.capitalize())


def _change(change: str) -> str:
    lower = change.lower()
    for keyword in ("delins", "ins"):
        if lower.startswith(keyword):
            residues = re.findall(RESIDUE, change[len(keyword) :], re.IGNORECASE)
            return keyword + "".join(_three(residue) for residue in residues)
    if lower.startswith(("del", "dup", "fs", "=")):
        return "fs" if lower.startswith("fs") else lower
    return _three(change)
