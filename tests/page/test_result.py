"""The result, its questions, screening log and versions; the list of patients; access from another site."""

import csv
import io
import re
from collections.abc import Callable

import pytest

from matching.trial import RECRUITING
from schemas.trials.library import load_library
from service.page.result.screening_log import COLUMNS, without_formula
from tests.api.running import Service, example
from tests.page.browsing import Browser


@pytest.fixture
def patient(service: Service, request: pytest.FixtureRequest) -> str:
    """A matched patient for one test."""
    patient_id = service.submit(f"R-{abs(hash(request.node.name))}")
    service.match(patient_id)
    return patient_id


def test_every_trial_is_there_in_order_with_its_reasons(service: Service, coordinator: Browser, patient: str) -> None:
    text = coordinator.get(f"/patients/{patient}")
    result = service.client().get(f"/api/v1/patients/{patient}/matches").get_json()
    assert re.findall(r'<details class="trial" id="([^"]+)"', text) == [match["trial"] for match in result["matches"]]
    assert text.count('class="observed"') == sum(
        bool(line["observed"]) for m in result["matches"] for line in m["criteria"]
    )
    for match in result["matches"]:
        assert match["version"] in text
    assert "the investigator decides" in text


def test_while_the_match_is_awaited_the_page_says_so_and_loads_again(service: Service, coordinator: Browser) -> None:
    patient_id = service.submit("R-waits")
    answer = coordinator.client.get(f"/patients/{patient_id}")
    assert answer.headers["Refresh"] == "3"
    assert "Matching…" in answer.text
    assert coordinator.client.get(f"/patients/{patient_id}/state").get_json() == {"state": "queued", "version": 1}


def test_the_log_has_every_trial_with_its_version_and_the_time(coordinator: Browser, patient: str) -> None:
    answer = coordinator.client.get(f"/patients/{patient}/screening-log.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(load_library().trials)
    assert all(row["trial_version"] and row["matched_at"] and not row["decision_of_the_investigator"] for row in rows)
    assert {row["status"] for row in rows if row["status"] in RECRUITING} <= set(RECRUITING)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_log_is_a_formula(cell: str) -> None:
    assert without_formula(cell) == f"'{cell}"
    assert without_formula(f"a{cell}") == f"a{cell}"


PLATELETS = {"analyte": "platelets", "value": "150 10^9/L"}


def ask(browser: Browser, patient: str, question: str) -> str:
    """The number of an open question."""
    browser.get(f"/patients/{patient}")
    found = re.search(rf'id="question-(\d+)-text">{re.escape(question)}<', browser.text)
    assert found is not None, re.findall(r'class="question-text"[^>]*>([^<]+)<', browser.text)
    return found[1]


@pytest.mark.parametrize(
    ("question", "answer", "at", "expected"),
    [
        ("What is the platelet count?", {"answer": "150", "answer~unit": "10^9/L"}, "labs", PLATELETS),
        ("Was thyroidectomy done?", {"choice": "yes"}, "procedures", {"procedure": "thyroidectomy"}),
        ("What is the Karnofsky performance status?", {"answer": "90"}, "performance", "karnofsky"),
        ("Was NTRK1-3 tested?", {"choice": "no_finding"}, "genomics", "tested"),
        ("Was thyroidectomy done?", {"choice": "complete"}, "procedures_complete", True),
        ("Lesion 1 (lung): progressed?", {"answer": "yes"}, "disease", "lesions"),
    ],
)  # fmt: skip
def test_an_answer_makes_a_version_with_it(
    service: Service,
    coordinator: Browser,
    patient: str,
    question: str,
    answer: dict[str, str],
    at: str,
    expected: object,
) -> None:
    number = ask(coordinator, patient, question)
    coordinator.post(f"/patients/{patient}/answer", {"question": number, "version": "1", **answer})
    view = service.client().get(f"/api/v1/patients/{patient}").get_json()
    assert view["version"] == 2
    before, after = example(), view["summary"]
    assert after.get(at) != before.get(at)
    if isinstance(expected, dict):
        assert expected in after[at]
    elif isinstance(expected, str):
        assert after[at][expected] != before[at].get(expected)
    else:
        assert after[at] is expected
    service.match(patient)
    assert question not in re.findall(r'question-text"[^>]*>([^<]+)<', coordinator.get(f"/patients/{patient}"))


def test_a_change_of_verdict_is_shown(service: Service, coordinator: Browser, patient: str) -> None:
    number = ask(coordinator, patient, "Was NTRK1-3 tested?")
    assert "Changed since the last match" not in coordinator.text
    coordinator.post(f"/patients/{patient}/answer", {"question": number, "version": "1", "choice": "no_finding"})
    service.match(patient)
    text = coordinator.get(f"/patients/{patient}")
    assert "Changed since the last match" in text
    assert "This is version 1 of 2" in coordinator.get(f"/patients/{patient}?version=1")


@pytest.mark.parametrize("given", [{"answer": ""}, {"answer": "minus many"}, {"answer": "500"}])
def test_a_wrong_answer_is_refused_at_the_question(coordinator: Browser, patient: str, given: dict[str, str]) -> None:
    number = ask(coordinator, patient, "What is the Karnofsky performance status?")
    text = coordinator.post(f"/patients/{patient}/answer", {"question": number, "version": "1", **given}, 422)
    assert f'id="answer-fault-{number}"' in text


@pytest.mark.parametrize("given", [{"question": "999", "version": "1"}, {"question": "0", "version": "7"}, {}])
def test_an_answer_to_an_old_page_changes_nothing(
    service: Service, coordinator: Browser, patient: str, given: dict[str, str]
) -> None:
    coordinator.get(f"/patients/{patient}")
    assert "has changed since" in coordinator.post(f"/patients/{patient}/answer", given)
    assert service.client().get(f"/api/v1/patients/{patient}").get_json()["version"] == 1


def test_definitions_stand_side_by_side(coordinator: Browser, patient: str) -> None:
    text = coordinator.get(f"/patients/{patient}/definitions")
    listed = [
        definition
        for definition in load_library().definitions.values()
        if definition.family in ("rai-refractory", "burden")
    ]
    assert text.count('class="def-name"') == sum(not definition.of_lesion for definition in listed)
    assert "disagree on this patient" in text


PAGES = ("", "/state", "/definitions", "/screening-log.csv", "/delete")
FORMS = ("/answer", "/edit", "/delete")


def test_a_patient_of_another_site_is_not_there(
    browser_of: Callable[[str], Browser], patient: str, service: Service
) -> None:
    stranger = browser_of("stranger")
    for place in PAGES:
        stranger.get(f"/patients/{patient}{place}", 404)
    for place in FORMS:
        stranger.get("/account")
        stranger.post(f"/patients/{patient}{place}", {"question": "0", "version": "1"}, 404)
    assert patient not in stranger.get("/patients")
    assert service.client().get(f"/api/v1/patients/{patient}").status_code == 200


def test_a_curator_sees_no_patient(browser_of: Callable[[str], Browser], patient: str) -> None:
    curator = browser_of("curator")
    for place in ("/patients", "/patients/new", *(f"/patients/{patient}{place}" for place in PAGES)):
        assert "No access" in curator.get(place, 403)


def test_the_list_is_searched_by_reference_verdict_and_missing_fact(
    service: Service, coordinator: Browser, patient: str
) -> None:
    reference = service.client().get(f"/api/v1/patients/{patient}").get_json()["patient_ref"]
    matches = service.client().get(f"/api/v1/patients/{patient}/matches").get_json()["matches"]
    possible = next(match for match in matches if match["verdict"] == "possible")
    coordinator.get("/patients")
    for search, there in (
        ({"reference": reference[2:]}, True),
        ({"reference": "no-such"}, False),
        ({"reference": "%"}, False),
        ({"reference": "\0"}, False),
        ({"reference": reference, "trial": possible["trial"], "verdict": "possible"}, True),
        ({"reference": reference, "trial": possible["trial"], "verdict": "eligible"}, False),
        ({"reference": reference, "fact": possible["missing"][0]["fact"]}, True),
        ({"reference": reference, "fact": "no.such.fact"}, False),
    ):
        text = coordinator.post("/patients", search)
        assert (f"/patients/{patient}" in text) == there, search
        assert coordinator.address == "/patients"


@pytest.mark.parametrize("page", ["7", "-1", "x", "99999999999"])
def test_an_invalid_page_number_is_no_error(coordinator: Browser, page: str) -> None:
    coordinator.get(f"/patients?page={page}")


@pytest.mark.parametrize("version", ["0", "99", "x", "9999999999", "-1"])
def test_a_version_that_is_not_there_is_not_found(coordinator: Browser, patient: str, version: str) -> None:
    coordinator.get(f"/patients/{patient}?version={version}", 404)


def test_deleting_asks_first(service: Service, coordinator: Browser, patient: str) -> None:
    assert "Delete this patient?" in coordinator.get(f"/patients/{patient}/delete")
    assert service.client().get(f"/api/v1/patients/{patient}").status_code == 200
    coordinator.post(f"/patients/{patient}/delete")
    assert "Patient deleted" in coordinator.text
    coordinator.get(f"/patients/{patient}", 404)


def test_a_line_that_only_the_site_can_confirm_is_not_said_to_be_met(coordinator: Browser, patient: str) -> None:
    text = coordinator.get(f"/patients/{patient}")
    pattern = r'<li>\s*<span class="verdict[^>]*>.*?</svg>([^<]+)</span>\s*<div><p>([^<]+)'
    lines = re.findall(pattern, text, re.DOTALL)
    assert text.count("<div><p>") == len(lines)
    confirmed = [word for word, line in lines if line.startswith("Willing") or "check the protocol" in line]
    assert confirmed
    assert set(confirmed) == {"To confirm"}
    assert "to confirm: " not in text
