"""Compiles variant patterns and groups, and the tests that rule a variant out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.node_builders import all_of, among, any_of
from schemas.summary.alteration import undetermined_at
from schemas.summary.reference_codons import PROTEIN, protein_name
from schemas.summary.vocabulary import knowledge_table, vocabularies

TABLE = "genomics.variants"
TESTED = "genomics.tested"
RAS_HOTSPOTS = {12, 13, 61}
HOTSPOTS = {"BRAF": {600, 601}, "NRAS": RAS_HOTSPOTS, "HRAS": RAS_HOTSPOTS, "KRAS": RAS_HOTSPOTS}
"""Codons that a test of hotspots covers. Source: Prior 2020, doi:10.1158/0008-5472.CAN-19-3682, and COSMIC."""

COUNTS = c.Among(
    f"{TABLE}.significance",
    frozenset({"not_stated", "pathogenic_or_likely", "pathogenic", "likely_pathogenic"}),
    frozenset({"uncertain"}),
)
"""The variant counts as a finding, unless it is benign; an uncertain one may."""

OF_TUMOUR = c.Among(f"{TABLE}.origin", frozenset({"not_stated", "somatic"}), frozenset({"germline"}))
"""The variant was found in the tumour; a germline variant may be there too, which a test of the tumour would show."""


def variant_matches(pattern: Mapping[str, Any]) -> c.TruthNode:
    """A variant record matches the pattern: every key of the pattern is met.

    Raises: KeyError for an unknown group.
    """
    if "group" in pattern:
        return any_of(variant_matches(below) for below in variant_group(pattern["group"])["any_of"])
    parts: list[c.TruthNode] = []
    if "gene" in pattern:
        parts.append(among(f"{TABLE}.gene", pattern["gene"]))
    if "alteration" in pattern:
        names = frozenset(protein_name(name) or name for name in pattern["alteration"])
        undetermined = frozenset(undetermined_at(codon) for name in names for codon in _codons(name))
        parts.append(c.Among(f"{TABLE}.alteration", names, undetermined))
    if "codons" in pattern:
        points = (Interval(float(codon), float(codon)) for codon in pattern["codons"])
        parts.append(any_of(c.Within(c.Fact(f"{TABLE}.codon"), point, point) for point in points))
    names_mutation = "alteration" in pattern or "codons" in pattern
    if "type" in pattern or names_mutation:
        parts.append(among(f"{TABLE}.alteration_type", pattern.get("type", ["mutation"])))
    if "fusion_partner" in pattern:
        parts.append(among(f"{TABLE}.fusion_partner", pattern["fusion_partner"]))
    if "functional_class" in pattern:
        parts.append(among(f"{TABLE}.functional_class", pattern["functional_class"]))
    parts.append(among(f"{TABLE}.significance", pattern["significance"]) if "significance" in pattern else COUNTS)
    if "origin" not in pattern:
        parts.append(OF_TUMOUR)
    elif len(pattern["origin"]) == 1:
        parts.append(among(f"{TABLE}.origin", pattern["origin"]))
    return all_of(parts)


def any_variant_found(patterns: Iterable[Mapping[str, Any]]) -> c.TruthNode:
    """Any listed variant matches one of the patterns; for each pattern, tests of its genes make the list complete.

    Unknown: where a gene of the pattern was not tested, or not for this type of alteration.
    """
    return any_of(_found(pattern) for pattern in expanded_patterns(patterns))


def _found(pattern: Mapping[str, Any]) -> c.TruthNode:
    genes = sorted(leaf_genes(pattern["gene"]))
    tested = c.All(tuple(covered_by_test(gene, pattern) for gene in genes))
    return c.Exists(c.Records(TABLE, variant_matches(pattern), tested))


def expanded_patterns(patterns: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """The patterns, with each group replaced by its members."""
    for pattern in patterns:
        if "group" in pattern:
            yield from expanded_patterns(variant_group(pattern["group"])["any_of"])
        else:
            yield pattern


def covered_by_test(gene: str, pattern: Mapping[str, Any]) -> c.TruthNode:
    """A reported test covers the gene for this type of alteration."""
    covers = c.Among(f"{TESTED}.scope", frozenset({"all", *_scopes(gene, pattern)}))
    return c.Exists(c.Records(TESTED, c.All((tests_gene(gene), covers, not_germline()))))


def not_germline() -> c.Among:
    """The test did not examine germline DNA alone, which says nothing of the tumour."""
    return c.Among(f"{TESTED}.specimen", frozenset(vocabularies()["specimen"].terms) - {"germline"})


def _scopes(gene: str, pattern: Mapping[str, Any]) -> Iterator[str]:
    """The scopes other than `all` that cover a pattern; see the vocabulary test_scope."""
    types = set(pattern.get("type", []))
    if types and types <= {"fusion"}:
        yield "fusions"
    elif types and types <= {"promoter"}:
        yield "promoter"
    elif "alteration" in pattern or "codons" in pattern or (types and "fusion" not in types):
        yield "mutations"
    codons = {*pattern.get("codons", ()), *(codon for name in pattern.get("alteration", ()) for codon in _codons(name))}
    if codons and codons <= HOTSPOTS.get(gene, set()):
        yield "hotspots"
    if gene == "BRAF" and set(map(protein_name, pattern.get("alteration", ["?"]))) == {"p.Val600Glu"}:
        yield "v600e"


def _codons(name: str) -> range:
    """The codons that a protein name concerns; none for other names."""
    found = PROTEIN.fullmatch(name)
    return range(int(found["codon"]), int(found["to_codon"] or found["codon"]) + 1) if found else range(0)


def tests_gene(gene: str) -> c.Among:
    """A test names the gene, or a closed group of genes that includes it: then every gene of the group was tested."""
    return c.Among(f"{TESTED}.gene", vocabularies()["gene"].implying_all(gene))


def leaf_genes(genes: Iterable[str]) -> frozenset[str]:
    """The single genes that these genes and groups of genes stand for."""
    vocabulary = vocabularies()["gene"]
    return frozenset(code for code in vocabulary.below(genes) if not vocabulary.terms[code].group)


def variant_group(name: str) -> Mapping[str, Any]:
    """Raises: KeyError when there is no variant group of that name."""
    found_group: Mapping[str, Any] = knowledge_table("variant_group")[name]
    return found_group
