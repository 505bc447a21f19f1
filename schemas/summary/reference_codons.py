"""Translates names of variants by the reference codons of a gene, and checks names against its reference residues."""

import re

from marshmallow import ValidationError

from schemas.inputs.faults import FaultMessage
from schemas.summary.vocabulary import knowledge_table

AMINO_ACIDS = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly", "H": "His",
    "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp",
    "Y": "Tyr", "V": "Val", "*": "Ter",
}  # fmt: skip  # IUPAC-IUB one- and three-letter codes; HGVS writes a stop as Ter or *
LETTERS = {code: letter for letter, code in AMINO_ACIDS.items()}
RESIDUE = "|".join([*dict.fromkeys(AMINO_ACIDS.values()), *(re.escape(letter) for letter in AMINO_ACIDS)])
PROTEIN = re.compile(
    rf"(?:p\.)?\(?(?P<from>{RESIDUE})(?P<codon>\d{{1,4}})(?:_(?P<to_residue>{RESIDUE})(?P<to_codon>\d{{1,4}}))?"
    rf"(?P<change>(?:delins|ins)(?:(?:{RESIDUE})+)|del|dup|fs(?:(?:\*|Ter|X)\d+)?|(?:{RESIDUE})(?:/(?:{RESIDUE}))*|"
    rf"Xaa|X|=)?\)?",
    re.IGNORECASE,
)
"""A change to X may be to any residue; E/K is one of several."""
CODING = re.compile(
    r"c\.(?P<start>-?\d{1,5})(?:_(?P<end>\d{1,5}))?(?:(?P<from_base>[ACGT])>(?P<to_base>[ACGT])|"
    r"(?:(?:del|dup|ins|delins)[ACGT]*(?:ins[ACGT]+)?))"
)
REPLACED = re.compile(r"del(?P<lost>[ACGT]*)ins(?P<gained>[ACGT]+)$")
BASES = "TCAG"
TRANSLATION = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
"""The standard genetic code, by the first, second and third base in the order of BASES."""
WHICH_TRANSCRIPT = "which transcript? use the numbering of {transcript}"


def protein_name(written: str) -> str | None:
    """The three-letter HGVS protein name, or None where the text is not a protein name."""
    found = PROTEIN.fullmatch(written)
    if not found or not found["change"] or re.search(r"/|^x(?:aa)?$", found["change"], re.IGNORECASE):
        return None
    span = f"_{_three(found['to_residue'])}{found['to_codon']}" if found["to_codon"] else ""
    before, change = _three(found["from"]), _change(found["change"])
    return f"p.{before}{found['codon']}{span}{'=' if change == before else change}"


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


def is_other_transcript(gene: str, transcripts: set[str]) -> bool:
    """Whether a coding transcript is named that may number the codons of the gene differently."""
    known = knowledge_table("alteration")["transcripts"].get(gene)
    coding = {name for name in transcripts if name.startswith(("NM_", "ENST"))}
    return known is not None and not coding <= set(known)


def translate(gene: str, coding: re.Match[str]) -> str | None:
    """The protein name of a change within one reference codon, or None where the codon is not known.

    Raises: ValidationError where the reference has another base.
    """
    start, end = int(coding["start"]), int(coding["end"] or coding["start"])
    codon, offset = (start + 2) // 3, (start - 1) % 3
    reference = _reference_codon(gene, codon)
    if reference is None or (end + 2) // 3 != codon:
        return None
    if coding["from_base"]:
        lost, gained = coding["from_base"], coding["to_base"]
    elif replaced := REPLACED.search(coding.group()):
        lost, gained = replaced["lost"], replaced["gained"]
    else:
        return None
    length = end - start + 1
    if lost and lost != reference[offset : offset + length]:
        raise ValidationError({"alteration": [_other_reference(gene, "the reference has another base here")]})
    if len(gained) != length:
        return None
    before, after = _residue(reference), _residue(reference[:offset] + gained + reference[offset + length :])
    return f"p.{AMINO_ACIDS[before]}{codon}{'=' if before == after else AMINO_ACIDS[after]}"


def _residue(codon: str) -> str:
    first, second, third = (BASES.index(base) for base in codon)
    return TRANSLATION[16 * first + 4 * second + third]


def may_be_synonymous(coding: re.Match[str]) -> bool:
    """Whether a substitution in a codon that is not known may leave the residue unchanged."""
    position, bases = (int(coding["start"]) - 1) % 3, {coding["from_base"], coding["to_base"]}
    codons = [a + b + c for a in BASES for b in BASES for c in BASES]
    return any(
        _residue(codon) == _residue(codon[:position] + coding["to_base"] + codon[position + 1 :])
        for codon in codons
        if codon[position] == coding["from_base"] and len(bases) == 2
    )


def may_be_base(gene: str, position: int, base: str) -> bool:
    """Whether the coding sequence of the gene may have this base here."""
    reference = _reference_codon(gene, (position + 2) // 3)
    length = knowledge_table("alteration")["lengths"].get(gene)
    if length is not None and position > 3 * (length + 1):
        return False
    return reference is None or reference[(position - 1) % 3] == base


def is_known_base(gene: str, position: int, base: str) -> bool:
    """Whether a reference codon has this base here."""
    return _reference_codon(gene, (position + 2) // 3) is not None and may_be_base(gene, position, base)


def is_known_residue(gene: str, codon: int) -> bool:
    """Whether the reference residue of this codon is known."""
    return _reference_residue(gene, codon) is not None


def may_be_residue(gene: str, residue: str, codon: int) -> bool:
    """Whether the protein of the gene may have this residue here."""
    length = knowledge_table("alteration")["lengths"].get(gene)
    known = _reference_residue(gene, codon)
    return (length is None or codon <= length) and known in (None, LETTERS[_three(residue)])


def _reference_residue(gene: str, codon: int) -> str | None:
    table = knowledge_table("alteration")
    if reference := _reference_codon(gene, codon):
        return _residue(reference)
    for start, residues in table["residues"].get(gene, {}).items():
        if 0 <= codon - int(start) < len(residues):
            return str(residues[codon - int(start)])
    return None


def _reference_codon(gene: str, codon: int) -> str | None:
    bases: str | None = knowledge_table("alteration")["codons"].get(gene, {}).get(str(codon))
    return bases


def check_residue(gene: str, protein: re.Match[str]) -> None:
    """Raises: ValidationError where the protein of the gene has another residue here, or ends before."""
    ends = [(protein["from"], protein["codon"]), (protein["to_residue"], protein["to_codon"])]
    for residue, codon in ends:
        if residue and not may_be_residue(gene, residue, int(codon)):
            raise ValidationError({"alteration": [_other_reference(gene, "the reference has another residue here")]})


def _other_reference(gene: str, problem: str) -> FaultMessage:
    transcripts = knowledge_table("alteration")["transcripts"].get(gene, ["the reference transcript"])
    return FaultMessage(problem, WHICH_TRANSCRIPT.format(transcript=transcripts[0]))
