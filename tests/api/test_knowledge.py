"""Trials, definitions, vocabularies and schemas as clients read them."""

import pytest
from jsonschema import Draft202012Validator

from schemas.trials.library import load_library
from settings.roles import ROLES
from tests.api.running import EXAMPLES, Service, example


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_the_trials_of_its_site(service: Service, role: str) -> None:
    trials = service.client(role).get("/api/v1/trials").get_json()["trials"]
    assert [trial["id"] for trial in trials] == sorted(load_library().trials)
    assert "criteria" not in trials[0]


def test_a_trial_is_shown_in_english_and_by_version(service: Service) -> None:
    card = service.client().get("/api/v1/trials/NCT02152995").get_json()
    assert [cohort["id"] for cohort in card["cohorts"]] == ["A", "B"]
    assert all(criterion["english"] for criterion in card["criteria"])
    same = service.client().get(f"/api/v1/trials/NCT02152995?version={card['version']}")
    assert same.get_json() == card
    assert service.client().get("/api/v1/trials/NCT02152995?version=00000000").status_code == 404
    assert service.client().get("/api/v1/trials/NCT99999999").status_code == 404


def test_definitions_come_with_their_provenance_one_family_or_all(service: Service) -> None:
    every = service.client().get("/api/v1/definitions").get_json()["definitions"]
    assert len(every) == len(load_library().definitions)
    assert all(definition["source"] and definition["sure"] and definition["english"] for definition in every)
    family = service.client().get("/api/v1/definitions?family=burden").get_json()["definitions"]
    assert {definition["family"] for definition in family} == {"burden"}
    assert len(family) < len(every)


def test_a_vocabulary_lists_its_codes_with_synonyms(service: Service) -> None:
    names = [vocabulary["name"] for vocabulary in service.client().get("/api/v1/vocabulary").get_json()["vocabularies"]]
    assert {"gene", "drug", "histology"} <= set(names)
    terms = service.client().get("/api/v1/vocabulary/gene").get_json()["terms"]
    assert "B-RAF" in next(term for term in terms if term["code"] == "BRAF")["synonyms"]
    assert service.client().get("/api/v1/vocabulary/nothing").status_code == 404


def test_the_fact_sheet_names_unit_or_vocabulary_of_each_fact(service: Service) -> None:
    facts = {fact["path"]: fact for fact in service.client().get("/api/v1/facts").get_json()["facts"]}
    assert facts["age"]["unit"] == "years"
    assert facts["diagnosis.histology"]["vocabulary"] == "histology"
    assert facts["radioiodine.courses[].activity"]["unit"] == "MBq"
    assert facts["disease.lesions"]["type"] == "list"


@pytest.mark.parametrize("name", [file.stem for file in sorted(EXAMPLES.glob("*.json"))])
def test_the_examples_keep_to_the_published_schema(service: Service, name: str) -> None:
    answer = service.client().get("/api/v1/schemas/patient")
    assert answer.mimetype == "application/schema+json"
    Draft202012Validator.check_schema(answer.get_json())
    Draft202012Validator(answer.get_json()).validate(example(name))


def test_a_schema_that_is_none_is_not_found(service: Service) -> None:
    assert service.client().get("/api/v1/schemas/nothing").status_code == 404


def test_a_result_keeps_to_the_published_schema(service: Service) -> None:
    patient_id = service.submit("K-1", "ras-mutant-adult")
    service.match(patient_id)
    result = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()
    schema = service.client().get("/api/v1/schemas/match-result").get_json()
    shape = {key: result[key] for key in schema["properties"]}
    Draft202012Validator(schema).validate(shape)
