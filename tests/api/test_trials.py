"""Curators store, check, compare and re-screen trials; errors are reported with file, line and path."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from authoring.check import check_trial
from settings.configuration import Settings
from storage.sites import find_key
from storage.trial_rescreens import last_rescreen
from support.servers import running_valkey
from support.synthetic_patients import synthetic_summaries
from tests.api.running import Service, make_service
from tests.api.test_bad_input import check_problem
from workers.rescreen_trial import Rescreener

TRIALS = "/api/v1/trials"
KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A separate service for this module: other tests count the trials of the shared service."""
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        created = make_service(Settings(data_dir=tmp_path_factory.mktemp("trials"), broker_url=valkey.url))
        yield created
        created.database.close()


def text_of(trial_id: str, *edits: tuple[str, str]) -> str:
    text = (KNOWLEDGE / "trials" / f"{trial_id}.yaml").read_text("utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def with_line(line: str) -> str:
    """Return the text of a trial with an additional first inclusion criterion."""
    return text_of("NCT02152995", ("include:\n", f"include:\n  - {line}\n"))


def put(client: FlaskClient, trial_id: str, text: str) -> Any:
    return client.put(f"{TRIALS}/{trial_id}", json={"text": text})


# --- storing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_a_curator_stores_a_version_once(service: Service, role: str) -> None:
    trial_id = {"curator": "NCT01947023", "admin": "NCT01876784"}[role]
    client, text = service.client(role), text_of(trial_id, ("title: ", "title: Ours, "))
    before = client.get(f"{TRIALS}/{trial_id}").get_json()
    first, second = put(client, trial_id, text), put(client, trial_id, text)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.get_json()["created"], second.get_json()["created"]) == (True, False)
    now = client.get(f"{TRIALS}/{trial_id}").get_json()
    assert now["title"].startswith("Ours, ")
    assert now["version"] == first.get_json()["version"] != before["version"]
    assert client.get(f"{TRIALS}/{trial_id}?version={before['version']}").get_json() == before
    known = client.get(f"{TRIALS}/{trial_id}/versions").get_json()["versions"]
    assert [(record["version"], record["origin"], record["current"]) for record in known] == [
        (now["version"], "site", True),
        (before["version"], "library", False),
    ]


def test_a_yaml_body_is_stored_unchanged(service: Service) -> None:
    text = text_of("NCT02393690", ("title: ", "title: Ours – "))
    answer = service.client("curator").put(
        f"{TRIALS}/NCT02393690", data=text.encode(), content_type="application/yaml; charset=utf-8"
    )
    assert answer.status_code == 201
    assert answer.get_json()["title"].startswith("Ours – ")


def test_a_trial_of_the_sites_own_is_matched_against_at_once_and_only_there(service: Service) -> None:
    text = text_of("NCT02152995", ("NCT02152995", "NCT00000042")).replace("NCT02152995", "NCT00000042")
    assert put(service.client("curator"), "NCT00000042", text).status_code == 201
    patient_id = service.submit("OWN-1")
    service.match(patient_id)
    matches = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()["matches"]
    assert "NCT00000042" in [match["trial"] for match in matches]
    stranger = service.client_with(service.foreign_key)
    for address in ("", "/versions", "/diff", "/rescreen"):
        assert stranger.get(f"{TRIALS}/NCT00000042{address}").status_code == 404
    assert stranger.post(f"{TRIALS}/NCT00000042/rescreen").status_code == 404


def test_a_version_stored_in_the_meantime_is_not_replaced(service: Service) -> None:
    client = service.client("curator")
    first = client.get(f"{TRIALS}/NCT03690388").get_json()["version"]

    def store(base: str, title: str, trial_id: str = "NCT03690388") -> Any:
        text = text_of("NCT03690388", ("title: ", f"title: {title}, "))
        return client.put(f"{TRIALS}/{trial_id}?base={base}", json={"text": text})

    assert store(first, "One").status_code == 201
    check_problem(store(first, "Two"), 409)
    assert client.get(f"{TRIALS}/NCT03690388").get_json()["title"].startswith("One, ")
    check_problem(store(first, "One", "NCT00000077"), 404)
    check_problem(store("x", "One"), 422)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
BAD: list[tuple[str, str, str, str, int | None]] = [
    ("anchors that multiply", BOMB, "$", "anchors and aliases are not allowed", 1),
    ("an anchor that contains itself", "a: &a\n  b: *a\n", "$", "anchors and aliases are not allowed", 1),
    ("a key twice", text_of("NCT02152995") + "title: Again\n", "title", "duplicate key", None),
    ("a tab", "id: NCT02152995\n\ttitle: A tab\n", "$", "not valid YAML", 2),
    ("no YAML", "id: [", "$", "not valid YAML", None),
    ("a list", "- id: NCT02152995\n", "$", "a trial must be a mapping", 1),
    ("nothing", "", "$", "a trial must be a mapping", 1),
    ("bottomless nesting", "a: " + "[" * 60, "$", "nested deeper than", 1),
    ("an unknown kind", with_line("aeg: {min: 18 years}"),
     "include[0].aeg", "unknown kind of criterion", None),
    ("an unknown definition", with_line("meets: rai-refractory/nothing"),
     "include[0].meets", "unknown definition", None),
    ("an unknown unit", with_line("age: {min: 18 yaers}"),
     "include[0].age.min", "", None),
    ("the text of another trial", text_of("NCT00507429"), "id", "this file describes another trial", None),
    ("a criterion that nobody meets", with_line("all: [{age: {min: 18 years}}, {age: {max: 10 years}}]"),
     "include[0]", "no patient can meet this", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "words", "line"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_trials_are_refused_and_the_last_good_version_stays(
    service: Service, text: str, path: str, words: str, line: int | None
) -> None:
    client = service.client("curator")
    before = client.get(f"{TRIALS}/NCT02152995").get_json()
    problem = check_problem(put(client, "NCT02152995", text), 422)
    error = next(error for error in problem["errors"] if error["path"] == path)
    assert words in error["detail"]
    assert error["file"] == "NCT02152995.yaml"
    assert line is None or error["line"] == line
    assert client.get(f"{TRIALS}/NCT02152995").get_json() == before
    checked = client.post(f"{TRIALS}/check?trial=NCT02152995", json={"text": text})
    assert checked.status_code == 200
    assert path in [fault["path"] for fault in checked.get_json()["faults"]]


def test_a_case_that_fails_refuses_the_version(service: Service) -> None:
    text = text_of("NCT02152995", ("min: 18 years", "min: 95 years"))
    problem = check_problem(put(service.client("curator"), "NCT02152995", text), 422)
    assert problem["errors"][0]["path"].startswith("cases[")
    assert "this case fails: expected" in problem["errors"][0]["detail"]
    assert problem["errors"][0]["line"] > 1


def test_ten_megabytes_or_a_million_characters_are_too_large(service: Service) -> None:
    client = service.client("curator")
    check_problem(put(client, "NCT02152995", "#" * 10_000_000), 413)
    check_problem(client.post(f"{TRIALS}/check", json={"text": "#" * 10_000_000}), 413)
    too_long = "#" * 1_000_001
    for answer in (put(client, "NCT02152995", too_long), client.post(f"{TRIALS}/check", json={"text": too_long})):
        assert "longer than" in check_problem(answer, 422)["errors"][0]["detail"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_body_without_a_trial_text_is_rejected(service: Service, method: str) -> None:
    client = service.client("curator")
    address = f"{TRIALS}/NCT02152995" if method == "PUT" else f"{TRIALS}/check"

    def send(**body: Any) -> Any:
        return client.open(address, method=method, **body)

    check_problem(send(data=b"{", content_type="application/json"), 400)
    check_problem(send(data=b"id: x", content_type="text/plain"), 415)
    check_problem(send(data=b"\xff\xfe", content_type="application/yaml"), 422)
    nul = send(data=b"id: \x00\x07", content_type="application/yaml")
    assert (nul.status_code == 422) if method == "PUT" else nul.get_json()["faults"]
    check_problem(send(json={"text": "id: \x00"}), 422)
    for body in ([], {}, {"text": 1}, {"text": "id: x", "more": 1}, {"text": None}):
        check_problem(send(json=body), 422)


# --- checking --------------------------------------------------------------------------------------


def test_a_check_reports_the_warnings_of_the_command_line(service: Service) -> None:
    text = with_line("age: {min: 0 years}")
    answer = service.client("curator").post(f"{TRIALS}/check?trial=NCT02152995", json={"text": text}).get_json()
    checked = check_trial(text, "NCT02152995")
    assert (
        [warning["message"] for warning in answer["warnings"]] == [str(warning) for warning in checked.warnings] != []
    )
    assert (answer["faults"], answer["failed"]) == ([], 0)
    assert answer["cases"] == len(yaml.safe_load(text)["cases"])


def test_a_check_asks_for_the_id_of_a_trial(service: Service) -> None:
    answer = service.client("curator").post(f"{TRIALS}/check?trial=none", json={"text": "id: x"})
    assert check_problem(answer, 422)["errors"][0]["in"] == "query"


# --- comparing -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edited(service: Service) -> str:
    """A trial with two versions at the site, and stored patients."""
    for place, summary in enumerate(synthetic_summaries(30)):
        answer = service.client().post("/api/v1/patients", json=summary | {"patient_ref": f"DIFF-{place:02}"})
        assert answer.status_code == 202
        service.match(answer.get_json()["id"])
    text = text_of("NCT02145143", ("min: 18 years", "min: 55 years"))
    head, _, _ = text.partition("\ncases:")
    assert put(service.client("curator"), "NCT02145143", head + "\n").status_code == 201
    return "NCT02145143"


def test_a_diff_names_the_criteria_and_the_affected_patients(service: Service, edited: str) -> None:
    found = service.client().get(f"{TRIALS}/{edited}/diff?limit=1000").get_json()
    assert [(change["what"], change["path"]) for change in found["changes"]] == [("changed", "include[0]")]
    moved = found["moved"]["patients"]
    assert moved
    assert all(patient["because"] == ["include[0]"] for patient in moved)
    assert sum(move["patients"] for move in found["moved"]["moves"]) == len(moved)
    shown = service.client().get(f"/api/v1/patients/{moved[0]['id']}").get_json()
    assert shown["patient_ref"] == moved[0]["patient"]


def test_the_pages_of_a_diff_add_up_to_the_whole(service: Service, edited: str) -> None:
    client = service.client()
    whole = client.get(f"{TRIALS}/{edited}/diff?limit=1000").get_json()
    address, read, moved = f"{TRIALS}/{edited}/diff?limit=7", 0, []
    while address:
        part = client.get(address).get_json()
        read, moved, address = read + part["moved"]["read"], moved + part["moved"]["patients"], part["next"]
    assert (read, moved) == (whole["moved"]["read"], whole["moved"]["patients"])


def test_a_role_that_sees_no_patients_gets_only_their_number(service: Service, edited: str) -> None:
    curator = service.client("curator").get(f"{TRIALS}/{edited}/diff?limit=1000").get_json()
    assert "patients" not in curator["moved"]
    assert (
        curator["moved"]["moves"]
        == service.client().get(f"{TRIALS}/{edited}/diff?limit=1000").get_json()["moved"]["moves"]
    )


def test_a_version_that_the_site_never_had_is_not_found(service: Service, edited: str) -> None:
    for query in ("from=00000000", "to=00000000"):
        check_problem(service.client().get(f"{TRIALS}/{edited}/diff?{query}"), 404)
    check_problem(service.client().get(f"{TRIALS}/{edited}/diff?from=x"), 422)
    check_problem(service.client().get(f"{TRIALS}/NCT99999999/diff"), 404)
    check_problem(service.client().get(f"{TRIALS}/NCT99999999/versions"), 404)


def test_a_trial_with_a_single_version_has_an_empty_diff(service: Service) -> None:
    found = service.client().get(f"{TRIALS}/NCT06475989/diff?limit=0").get_json()
    assert (found["older"], found["changes"], found["moved"]["read"]) == (found["newer"], [], 0)


# --- re-screening ----------------------------------------------------------------------------------


def test_a_rescreen_is_requested_once_and_followed_to_its_end(service: Service, edited: str) -> None:
    curator = service.client("curator")
    first = curator.post(f"{TRIALS}/{edited}/rescreen")
    assert first.status_code == 202
    assert (first.get_json()["state"], first.get_json()["seen"]) == ("running", 0)
    assert curator.post(f"{TRIALS}/{edited}/rescreen").get_json()["requested_at"] == first.get_json()["requested_at"]
    expected = service.client().get(f"{TRIALS}/{edited}/diff?limit=1000").get_json()["moved"]
    _run_rescreen(service, edited)
    done = curator.get(f"{TRIALS}/{edited}/rescreen").get_json()
    assert done["state"] == "done"
    assert sum(move["patients"] for move in done["moves"]) >= 1
    moved = expected["patients"][0]
    rematched = next(
        match
        for match in service.client().get(f"/api/v1/patients/{moved['id']}/matches").get_json()["matches"]
        if match["trial"] == edited
    )
    assert (rematched["version"], rematched["verdict"]) == (first.get_json()["version"], moved["after"])


def _run_rescreen(service: Service, trial_id: str) -> None:
    principal = _principal(service)
    with service.database.session() as session:
        view = last_rescreen(session, principal.site_id, trial_id)
    assert view is not None
    while Rescreener(service.database).rescreen_block(view.rescreen_id):
        pass


def _principal(service: Service) -> Any:
    with service.database.session() as session:
        found = find_key(session, service.keys["curator"])
    assert found is not None
    return found


def test_a_trial_that_was_never_rescreened_has_no_rescreen(service: Service) -> None:
    check_problem(service.client().get(f"{TRIALS}/NCT06475989/rescreen"), 404)
    check_problem(service.client("curator").post(f"{TRIALS}/NCT99999999/rescreen"), 404)


def test_without_a_queue_a_rescreen_is_stored_and_answers_503(broken_service: Service) -> None:
    check_problem(broken_service.client("curator").post(f"{TRIALS}/NCT02152995/rescreen"), 503)
    assert broken_service.client("curator").get(f"{TRIALS}/NCT02152995/rescreen").get_json()["state"] == "running"


# --- definitions of a patient ----------------------------------------------------------------------


def test_the_definitions_of_a_patient_come_with_truth_reason_source_and_axes(service: Service) -> None:
    patient_id = service.submit("DEF-1")
    found = service.client().get(f"/api/v1/patients/{patient_id}/definitions").get_json()
    assert found["patient"] == "DEF-1"
    assert "investigator decides" in found["notice"]
    families = {family["family"]: family for family in found["families"]}
    assert {"rai-refractory", "burden"} <= set(families)
    answers = families["rai-refractory"]["definitions"]
    assert all(
        answer["truth"] in ("holds", "does_not_hold", "unknown") and answer["source"] and answer["sure"]
        for answer in answers
    )
    opposed = families["rai-refractory"]["disagreements"]
    assert opposed
    assert all(disagreement["axes"] for disagreement in opposed)


def test_a_family_can_be_selected_and_another_sites_patient_is_not_found(service: Service) -> None:
    patient_id = service.submit("DEF-2")
    address = f"/api/v1/patients/{patient_id}/definitions"
    found = service.client().get(f"{address}?family=burden").get_json()
    assert [family["family"] for family in found["families"]] == ["burden"]
    check_problem(service.client_with(service.foreign_key).get(address), 404)
    check_problem(service.client().get(f"/api/v1/patients/{'0' * 32}/definitions"), 404)
    check_problem(service.client().get(f"{address}?family=burden%00"), 422)
