"""Packages that cannot be used are reported by name, and everything else still works."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.criteria.language import CriterionContext, kinds, read_criterion
from schemas.criteria.specification import added_specs
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_yaml import read_yaml
from schemas.summary.declared_facts import fact_sheet
from schemas.summary.facts import dump_patient, load_patient
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import knowledge_table, vocabularies
from schemas.trials.library import load_library, package_faults
from schemas.trials.trial_file import stored_trial
from tests.plugins.environment import EXAMPLE
from verdicts.match import match_patient

Install = Callable[..., None]

KIND = """
from matching import nodes as c
from schemas.criteria.language import Kind
class Star(Kind):
    name = "star"
    def node(self, given, context):
        return c.IsYes("disease.metastatic")
"""
FACTS = """
from schemas.summary.fields import *
from schemas.summary.quantity_fields import *
from schemas.summary.sections import *
from marshmallow import Schema, fields
class Tested(FactSchema):
    gene = CodeField("gene", "gene")
class Deep(FactSchema):
    tests = RecordsField(Tested, "tests", singular="test", question="Was {gene} tested?", shorthand="gene")
class Plain(Schema):
    one = fields.String()
"""


PACKAGE_HINT = "(for example its_package.vocabulary)"
BESIDE = "needs the fact done in the same section"
NO_FIELD = "names the field size, which its records do not have"
ADD_TERMS = "exists already (to add terms to it, use only the keys terms: and source:)"
NO_DIMENSION = "needs canonical, units with their factors, and numbers for min and max"
MISSING = "Missing data for required field."


def faults() -> list[str]:
    """What `trialmatch trials check` prints about packages; built-in kinds and vocabularies must remain."""
    assert {"age", "lesion", "meets"} <= kinds().keys()
    assert {"gene", "drug"} <= vocabularies().keys()
    return [str(fault) for fault in package_faults()]


@pytest.mark.parametrize(
    ("entry", "module", "message"),
    [
        ("criteria: star = missing:Star", "", "cannot be used: ModuleNotFoundError: No module named 'missing'"),
        ("criteria: star = broken:Star", "raise OSError('no licence')", "cannot be used: OSError: no licence"),
        ("criteria: star = broken:Star", "import sys; sys.exit(3)", "cannot be used: SystemExit: 3"),
        (
            "criteria: star = broken:Star",
            "Star = 7",
            "must be a subclass of schemas.criteria.language.Kind with a name",
        ),
        ("criteria: sun = broken:Star", KIND, "the entry point must have the name of its kind (rename it to star)"),
        ("criteria: age = broken:Star", KIND, "this name is built in and cannot be replaced (use another name)"),
        ("criteria: label = broken:Star", KIND, "this name is built in and cannot be replaced (use another name)"),
        ("criteria: A-star = broken:Star", KIND, "not a valid name (use at most 40 of a-z, 0-9 and _)"),
        (
            "specs: star = broken:Star",
            KIND,
            "must be a schemas.criteria.specification.Spec with the name of its kind",
        ),
        ("trials: star = broken:Star", KIND, f"must name a package that contains YAML files {PACKAGE_HINT}"),
    ],
)  # fmt: skip
def test_an_entry_point_that_cannot_be_used_is_reported(
    install: Install, entry: str, module: str, message: str
) -> None:
    install("far-star", entry, broken=module)
    group, _, line = entry.partition(": ")
    assert faults() == [f"far-star 1.0:trialmatch.{group}.{line.partition(' =')[0]}: {message}"]
    assert "star" not in kinds()


def test_an_unusable_package_is_logged_once(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "trialmatch.library"):
        install("far-star", "criteria: star = missing:Star")
        load_library()
        load_library()
    assert len([record for record in caplog.records if "far-star 1.0" in record.getMessage()]) == 1


def test_broken_packages_do_not_affect_the_packaged_library(install: Install) -> None:
    own = load_library()
    install("far-star", "criteria: star = missing:Star", "facts: stars = missing:STARS", "trials: stars = missing",
            "vocabularies: stars = missing", "definitions: stars = missing", "specs: star = missing:STAR")  # fmt: skip
    library = load_library()
    assert len(library.faults) == len(own.faults) + 6
    assert library.trials == own.trials
    assert library.definitions == own.definitions


def test_two_packages_with_the_same_name_are_both_rejected_and_named(install: Install) -> None:
    install("far-star", "criteria: star = one:Star", one=KIND)
    install("near-star", "criteria: star = two:Star", "criteria: sun = three:Sun", two=KIND,
            three=KIND.replace("Star", "Sun").replace("star", "sun"))  # fmt: skip
    message = "several packages use this name, so none is loaded (remove one of them)"
    assert faults() == [f"far-star 1.0 and near-star 1.0:trialmatch.criteria.star: {message}"]
    assert "star" not in kinds()
    assert "sun" in kinds()


def rejections(written: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_criterion(read_yaml(written, "").data, CriterionContext())
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ("given['size']", "this kind of criterion cannot read it: KeyError"),
        ("None", "this kind of criterion cannot read it: TypeError"),
        ("c.IsYes('stars.seen')", "unknown fact stars.seen (is the package that adds it installed?)"),
        ("c.IsYes('age')", "unknown fact age (is the package that adds it installed?)"),
        ("c.Exists(c.Records('stars'))", "unknown fact stars (is the package that adds it installed?)"),
    ],
)
def test_a_kind_that_fails_is_a_fault_of_the_trial_that_uses_it(install: Install, node: str, message: str) -> None:
    install("far-star", "criteria: star = stars:Star", stars=KIND.replace('c.IsYes("disease.metastatic")', node))
    assert faults() == []
    assert rejections("star: {}") == [f"star: {message}"]
    assert rejections("not: {star: {}}") == [f"not.star: {message}"]


def test_a_valid_added_kind_works(install: Install) -> None:
    install("far-star", "criteria: star = stars:Star", stars=KIND)
    assert read_criterion({"star": None}, CriterionContext()).kind == "star"
    assert rejections("star: {large: true}") == ["star.large: unknown key"]


def test_an_unknown_kind_is_named_unless_it_may_be_patient_data() -> None:
    assert rejections("zzz: 1") == ["zzz: unknown kind of criterion zzz (is the package that adds it installed?)"]
    assert rejections("'J. Doe, 1950': 1") == ["*: unknown kind of criterion (is the package that adds it installed?)"]


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ("7", "it must be a SectionField, a RecordsField or a fact such as CodeField or QuantityField"),
        ("fields.String()", "it must be a SectionField, a RecordsField or a fact such as CodeField or QuantityField"),
        ("SectionField(Plain, 'stars')", "it must be made of a FactSchema"),
        ("CodeField('galaxy', 'galaxy')", "it needs the vocabulary galaxy, which does not exist"),
        ("QuantityField('parsec', 'distance')", "it needs the dimension parsec, which does not exist"),
        ("RecordsField(Deep, 'stars', singular='s')", "it lists records, which may only contain facts, nothing nested"),
        ("RecordsField(Tested, 'stars', singular='star', complete='done')", f"it {BESIDE}"),
        ("RecordsField(Tested, 'stars', singular='star', question='{size}?')", f"it {NO_FIELD}"),
        ("RecordsField(Tested, 'stars', singular='star', shorthand='size')", f"it {NO_FIELD}"),
        ("SectionField(FactSchema.from_dict({'one': CodeField('galaxy', 'galaxy')}), 'stars')",
         "one needs the vocabulary galaxy, which does not exist"),
    ],
)  # fmt: skip
def test_a_fact_that_no_summary_can_contain_is_reported(install: Install, fact: str, message: str) -> None:
    install("far-star", "facts: stars = broken:STARS", broken=f"{FACTS}\nSTARS = {fact}\n")
    assert faults() == [f"far-star 1.0:trialmatch.facts.stars: {message}"]
    assert [fact for fact in fact_sheet() if fact["path"].startswith("stars")] == []


def test_a_built_in_section_is_not_replaced(install: Install) -> None:
    install("far-star", "facts: disease = broken:STARS", broken=f"{FACTS}\nSTARS = YesNoField('x')\n")
    assert "trialmatch.facts.disease: this name is built in" in "\n".join(faults())
    assert "disease.metastatic" in [fact["path"] for fact in fact_sheet()]


def test_a_section_with_a_list_survives_a_round_trip(install: Install) -> None:
    install("far-star", "facts: stars = stars:STARS", "facts: bright = stars:BRIGHT",
            stars=f"{FACTS}\nSTARS = SectionField(Deep, 'stars')\nBRIGHT = YesNoField('bright')\n")  # fmt: skip
    summary = {"patient_ref": "A-1", "stars": {"tests": [{"gene": "BRAF"}]}, "bright": True}
    assert faults() == []
    assert dump_patient(load_patient(summary)) == {"schema": 1, **summary}


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("[1, 2]", "terms.yaml must contain vocabularies by name"),
        ("galaxy: 7", "terms.yaml must contain vocabularies by name"),
        ("galaxy: {label: Galaxy}", "galaxy has no terms"),
        ("galaxy: {terms: [M31]}", "galaxy has no terms"),
        ("gene: {terms: {BRAF: {label: star}}}", "gene already has BRAF, which cannot be changed"),
        ("gene: {label: Star, terms: {M31: {}}}", f"gene {ADD_TERMS}"),
        ("alteration: {terms: {M31: {}}}", f"alteration {ADD_TERMS}"),
        ("gene: {terms: {M31: star}}", "gene: M31 must be a term, such as {label: its name}"),
        ("gene: {terms: {M31: {parents: [stars]}}}", "gene: M31 has the unknown parent stars"),
        ("gene: {terms: {M31: {parents: [ras]}}}", "gene: M31 cannot be added to ras, which is a closed group"),
        ("gene: {terms: {M31: {synonyms: [b-raf]}}}", "gene: M31 uses a word that means BRAF"),
        ("gene: {terms: {M31: {synonyms: 7}}}",
         "cannot be used: TypeError: Value after * must be an iterable, not int"),
        ("dimension: {time: {canonical: days, units: {}}}", "dimension already has time, which cannot be changed"),
        ("dimension: {parsec: {units: {pc: 1}}}", f"dimension: parsec {NO_DIMENSION}"),
        ("dimension: {parsec: {canonical: pc, units: {pc: far}}}", f"dimension: parsec {NO_DIMENSION}"),
        ("variant_group: {stars: {label: stars}}", "variant_group: stars needs any_of with patterns of variants"),
    ],
)  # fmt: skip
def test_invalid_terms_are_reported(install: Install, tables: str, message: str) -> None:
    install("far-star", "vocabularies: stars = words", words__terms=tables)
    assert faults() == [f"far-star 1.0:trialmatch.vocabularies.stars: {message}"]
    assert "M31" not in vocabularies()["gene"].terms
    assert "galaxy" not in vocabularies()


def test_terms_dimensions_and_variant_groups_can_be_added(install: Install) -> None:
    tables = """
        gene: {source: a catalogue, terms: {M31: {label: Andromeda, parents: [mapk_pathway]}, M32: }}
        galaxy: {label: Galaxy, terms: {spiral: {}}}
        dimension: {parsec: {label: distance, canonical: pc, units: {pc: "1", kpc: "1000"}}}
        variant_group: {m31: {label: M31, any_of: [{gene: [M31]}]}}
    """
    install("far-star", "vocabularies: stars = words", words__terms=tables)
    assert faults() == []
    assert vocabularies()["gene"].code_of("andromeda") == "M31"
    assert vocabularies()["gene"].label == "Gene"
    assert list(vocabularies()["galaxy"].terms) == ["spiral"]
    assert dimensions()["parsec"].factor("kpc") == 1000
    assert "m31" in knowledge_table("variant_group")
    assert read_criterion({"variant": {"group": "m31"}}, CriterionContext()).kind == "variant"


def test_a_vocabulary_in_two_files_of_a_package_is_rejected(install: Install) -> None:
    table = "galaxy: {terms: {spiral: {}}}"
    install("far-star", "vocabularies: stars = words", words__one=table, words__two=table)
    assert faults() == ["far-star 1.0:trialmatch.vocabularies.stars: galaxy is in two files"]


def test_an_invalid_file_is_reported_with_its_package(install: Install) -> None:
    install("far-star", "vocabularies: stars = words", "trials: stars = trials", "definitions: stars = named",
            words__terms="gene: [", trials__NCT99999999="title: \xe9", named__family="family: *x")  # fmt: skip
    assert sorted(str(fault) for fault in load_library().faults) == [
        "far-star 1.0/NCT99999999.yaml: not UTF-8 text (save it as UTF-8)",
        "far-star 1.0/family.yaml:1: anchors and aliases are not allowed (write the value out)",
        "far-star 1.0/terms.yaml:2: not valid YAML",
    ]


def definition(criterion: str) -> str:
    return f"{{title: stars, source: a catalogue, sure: seen, {criterion}}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("family: burden\ndefinitions: {}", "family: another package has this family (use a new "
         "family: additions would change the meaning of the existing one)"),
        ("definitions: {}", f":1:family: {MISSING}"),
        ("family: star\ndefinitions: {a: {title: stars, sure: seen}}", f":2:definitions.a.source: {MISSING}"),
        (f"family: star\ndefinitions:\n  a: {definition('criterion: {meets: star/a}')}",
         ":3:definitions.a.criterion.meets: this definition uses itself (star/a -> star/a)"),
        (f"family: star\ndefinitions:\n  a: {definition('criterion: {size: 1}')}",
         ":3:definitions.a.criterion.size: unknown kind of criterion size (is the package that adds it installed?)"),
        (f"family: star\ndefinitions:\n  a: {definition('lesion: {meets: [star/z]}')}",
         ":3:definitions.a: unknown definition (did you mean star/a?)"),
    ],
)  # fmt: skip
def test_faulty_definitions_are_reported_and_do_not_affect_others(install: Install, text: str, message: str) -> None:
    install("far-star", "definitions: stars = named", named__stars=text)
    assert faults() == [f"far-star 1.0/stars.yaml{message if message.startswith(':') else f':{message}'}"]
    assert "burden/none" in load_library().definitions
    assert "star/a" not in load_library().definitions


def test_a_folder_is_a_library_of_its_own(tmp_path: Path) -> None:
    text = load_library().texts["NCT02152995"]
    (tmp_path / "one.yaml").write_text(text, "utf-8")
    (tmp_path / "two.yaml").write_text(text, "utf-8")
    library = load_library(tmp_path)
    assert list(library.trials) == ["NCT02152995"]
    assert [str(fault) for fault in library.faults] == ["two.yaml:id: another file has this trial"]


def test_a_packaged_trial_is_not_replaced(install: Install) -> None:
    library = load_library()
    install("far-star", "trials: stars = trials", trials__copy=library.texts["NCT02152995"])
    again = load_library()
    assert Fault("id", "another file has this trial", file="far-star 1.0/copy.yaml") in again.faults
    assert again.trials.keys() == library.trials.keys()


def test_a_specification_is_added_to_the_manual(install: Install) -> None:
    module = (
        "from schemas.criteria.specification import Spec, SpecExample\n"
        "SPEC = Spec('star', [SpecExample('star:', 'x', met=[{}])])"
    )
    install("far-star", "specs: star = stars:SPEC", stars=module)
    assert added_specs().accepted["star"].names() == ["x: true"]


def test_a_trial_names_the_package_it_requires(install: Install) -> None:
    install("far-star")
    text = load_library().texts["NCT02152995"]
    requires = text.replace("phase:", "requires: [far-star, near-star, '']\nphase:", 1)
    install("bright-star", "trials: stars = trials", trials__copy=requires)
    message = [str(fault).partition(":requires")[2] for fault in load_library().faults]
    assert message[:2] == [
        "[1]: the package near-star is not installed (pip install near-star)",
        "[2]: the package  is not installed (pip install )",
    ]


def test_a_stored_trial_whose_package_was_uninstalled_is_possible_for_everyone() -> None:
    text = (EXAMPLE / "trialmatch_breast" / "trials" / "NCT03734029.yaml").read_text("utf-8")
    trial = stored_trial(text, "NCT03734029.yaml")
    own = load_library()
    result = match_patient(load_patient({"patient_ref": "A-1"}), [trial, *own.trials.values()])
    match = next(match for match in result["matches"] if match["trial"] == "NCT03734029")
    assert match["verdict"] == "possible"
    assert "the package trialmatch-breast is not installed" in match["criteria"][0]["text"]
    assert "unknown kind of criterion receptor" in match["criteria"][0]["text"]
    assert len(result["matches"]) == len(own.trials) + 1
    assert stored_trial(own.texts["NCT02152995"], "NCT02152995.yaml") == own.trials["NCT02152995"]
