"""Bad input answers a 4xx problem document with path and hint; nothing is stored and no value repeated."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.running import Service, example

MARK = "XQ7secretZ"
"""Stands for an identifying value."""

JSON = {"Content-Type": "application/json"}

WRONG_VALUES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a number without its unit", {"age": "54"}, "age", "years"),
    ("a unit of another dimension", {"age": f"54 {MARK}"}, "age", "years"),
    ("a unit that is mistyped", {"disease": {"lesions": [{"longest_diameter": "12 nmm"}]}},
     "disease.lesions[0].longest_diameter", "mm"),
    ("an age of 200 years", {"age": "200 years"}, "age", "130 years"),
    ("a negative activity", {"radioiodine": {"courses": [{"activity": "-150 mCi"}]}},
     "radioiodine.courses[0].activity", "0 to 200,000 MBq"),
    ("a reversed range", {"disease": {"largest_diameter": "20-10 mm"}}, "disease.largest_diameter", "mm"),
    ("an unknown code", {"diagnosis": {"histology": "papilary"}}, "diagnosis.histology", "papillary"),
    ("a code far from any", {"diagnosis": {"histology": MARK}}, "diagnosis.histology", "histology"),
    ("an unknown gene", {"genomics": {"tested": ["NTRK33"]}}, "genomics.tested[0].gene", "NTRK3"),
    ("an invalid alteration", {"genomics": {"variants": [{"gene": "BRAF", "alteration": MARK}]}},
     "genomics.variants[0].alteration", "Val600Glu"),
    ("an unknown key", {"diagnosis": {"histolgy": "papillary"}}, "diagnosis.histolgy", "histology"),
    ("a name, which is never allowed", {"full_name": MARK}, "full_name", ""),
    ("contradictory totals", {"radioiodine": {"courses": [{"activity": "150 mCi"}], "courses_complete": True,
     "cumulative_activity": "20 mCi"}}, "radioiodine.cumulative_activity", "correct"),
    ("a number for a text", {"patient_ref": 7351}, "patient_ref", ""),
    ("a text for a list", {"therapies": MARK}, "therapies", ""),
    ("a list for an object", {"diagnosis": [MARK]}, "diagnosis", ""),
    ("a text for a truth", {"therapies_complete": MARK}, "therapies_complete", ""),
    ("a reference with a space", {"patient_ref": f"{MARK} Smith"}, "patient_ref", ""),
    ("a date finer than a year", {"radioiodine": {"last_given": {"date": "2023-05-17"}}},
     "radioiodine.last_given", "ago"),
    ("an unknown key that is null", {"nonsense": None}, "nonsense", ""),
    ("a drug that must be named and is null", {"therapies": [{"drug": None}]}, "therapies[0].drug", ""),
    ("an unknown version of the form", {"schema": 2}, "schema", ""),
    ("a thousand and one lesions", {"disease": {"lesions": [{}] * 1001}}, "disease.lesions", ""),
    ("NUL in a text", {"diagnosis": {"histology": f"{MARK}\0"}}, "diagnosis.histology", "plain text"),
    ("NUL in a key", {"diagnosis": {f"{MARK}\0": 1}}, "diagnosis", "plain text"),
    ("half of a surrogate pair", {"diagnosis": {"histology": f"{MARK}\ud800"}}, "diagnosis.histology", "plain text"),
    ("an integer of a thousand digits", {"performance": {"ecog": 10**999}}, "performance.ecog", "digits"),
]  # fmt: skip

BROKEN_TEXTS: list[tuple[str, bytes, int, str, str]] = [
    ("nothing", b"", 400, "$", "JSON object"),
    ("blanks", b" \n ", 400, "$", "JSON object"),
    ("half an object", b'{"patient_ref": "' + MARK.encode(), 400, "$", "unterminated"),
    ("not JSON", MARK.encode(), 400, "$", "expecting value"),
    ("two objects", b"{}{}", 400, "$", "extra data"),
    ("a trailing comma", b'{"age": "54 years",}', 400, "$", "property name"),
    ("100,000 nested lists", b"[" * 100_000, 400, "$", "six"),
    ("100,000 nested lists, closed", b"[" * 100_000 + b"]" * 100_000, 400, "$", "six"),
    ("100,000 nested objects", b'{"a":' * 100_000, 400, "$", "six"),
    ("bytes that are not UTF-8", b'{"patient_ref": "\xff\xfe"}', 400, "$", "UTF-8"),
    ("UTF-16", '{"patient_ref": "A"}'.encode("utf-16"), 400, "$", "UTF-8"),
    ("a byte order mark", b'\xef\xbb\xbf{"patient_ref": "A"}', 400, "$", "UTF-8"),
    ("NaN", b'{"patient_ref": "A", "performance": {"ecog": NaN}}', 422, "performance.ecog", "is unknown"),
    ("Infinity", b'{"patient_ref": "A", "performance": {"ecog": Infinity}}', 422, "performance.ecog", "is unknown"),
    ("-Infinity", b'{"patient_ref": "A", "age": [1, -Infinity]}', 422, "age[1]", "is unknown"),
    ("a number beyond floating point", b'{"performance": {"ecog": 1e999}}', 422, "performance.ecog", "is unknown"),
    ("a repeated key", b'{"age": "54 years", "age": "45 years"}', 422, "age", "one of them"),
    ("a list", b'["' + MARK.encode() + b'"]', 422, "$", ""),
    ("a word", b'"' + MARK.encode() + b'"', 422, "$", ""),
    ("null", b"null", 422, "$", ""),
]  # fmt: skip


def check_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Check that the answer is a problem document that repeats no value, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body["status"] == status
    assert body["type"].startswith("urn:trialmatch:problem:")
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert MARK not in answer.text
    return body


@pytest.mark.parametrize(
    ("changes", "path", "hint"), [case[1:] for case in WRONG_VALUES], ids=[c[0] for c in WRONG_VALUES]
)
def test_a_wrong_value_is_refused_with_its_path_and_a_hint(
    service: Service, changes: dict[str, Any], path: str, hint: str
) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/patients", data=json.dumps({"patient_ref": "BAD", **changes}), headers=JSON)
    errors = check_problem(answer, 422)["errors"]
    found = [error for error in errors if error["path"] == path and error["in"] == "body"]
    assert found, errors
    assert hint in f"{found[0]['detail']} {found[0].get('hint', '')}"
    assert service.stored() == before


@pytest.mark.parametrize(
    ("body", "status", "path", "hint"), [case[1:] for case in BROKEN_TEXTS], ids=[case[0] for case in BROKEN_TEXTS]
)
def test_a_body_that_is_not_strict_json_is_rejected(
    service: Service, body: bytes, status: int, path: str, hint: str
) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/patients", data=body, headers=JSON)
    errors = check_problem(answer, status)["errors"]
    assert path in {error["path"] for error in errors}
    assert hint in " ".join(f"{error['detail']} {error.get('hint', '')}" for error in errors)
    assert service.stored() == before


def test_every_fault_of_a_summary_is_reported_at_once(service: Service) -> None:
    body = {"age": "200 years", "sex": MARK, "foo": 1, "diagnosis": {"margins": "R7"}}
    errors = check_problem(service.client().post("/api/v1/patients", json=body), 422)["errors"]
    assert {error["path"] for error in errors} == {"age", "sex", "foo", "diagnosis.margins", "patient_ref"}


def test_a_problem_lists_at_most_fifty_errors(service: Service) -> None:
    body = {"patient_ref": "BAD", "disease": {"lesions": [{"site": MARK, "nonsense": 1}] * 1000}}
    problem = check_problem(service.client().post("/api/v1/patients", json=body), 422)
    assert len(problem["errors"]) == 50
    assert problem["detail"].startswith("2000 ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "/" * 2000},
    ],
    ids=["none", "text", "xml", "form", "latin-1", "gzip", "nonsense"],
)
def test_a_wrong_content_type_is_refused(service: Service, headers: dict[str, str]) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/patients", data=json.dumps(example()), headers=headers)
    error = check_problem(answer, 415)["errors"][0]
    assert error["in"] == "header"
    assert error["path"] in ("Content-Type", "Content-Encoding")
    assert "application/json" in error["hint"]
    assert service.stored() == before


@pytest.mark.parametrize("size", [(1 << 20) + 1, 50 << 20], ids=["one byte too many", "50 MB"])
def test_a_body_over_the_limit_is_refused(service: Service, size: int) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/patients", data=b" " * size, headers=JSON)
    assert "limit" in check_problem(answer, 413)["detail"]
    assert service.stored() == before


@pytest.mark.parametrize(
    "key",
    [None, "", " ", "x", "tm_", f"tm_{'0' * 32}_{'A' * 43}", "tm_x_y", "é", "A" * 10_000, "' OR 1=1 --"],
    ids=["none", "empty", "blank", "word", "stub", "unknown", "malformed", "not ASCII", "long", "SQL"],
)
def test_without_a_valid_key_nothing_is_read_or_stored(service: Service, key: str | None) -> None:
    before = service.stored()
    headers = JSON if key is None else JSON | {"X-API-Key": key}
    answer = service.app.test_client().post("/api/v1/patients", data=b'{"patient_ref":', headers=headers)
    assert "X-API-Key" in check_problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey")
    assert service.stored() == before


def test_a_key_with_a_wrong_secret_is_rejected(service: Service) -> None:
    altered = service.keys["admin"][:-1] + ("A" if service.keys["admin"][-1] != "A" else "B")
    check_problem(service.client_with(altered).get("/api/v1/trials"), 401)


def test_a_curator_may_not_see_patients(service: Service) -> None:
    patient_id = service.submit("BAD-1")
    curator = service.client("curator")
    for answer in (
        curator.post("/api/v1/patients", json=example()),
        curator.get("/api/v1/patients"),
        curator.get(f"/api/v1/patients/{patient_id}"),
        curator.get(f"/api/v1/patients/{patient_id}/matches"),
        curator.delete(f"/api/v1/patients/{patient_id}"),
    ):
        check_problem(answer, 403)


@pytest.mark.parametrize("value", ["0", "-1", "201", "many", "1.5", "NaN", "1e999", "", "\0"])
def test_a_wrong_limit_is_refused(service: Service, value: str) -> None:
    answer = service.client().get("/api/v1/patients", query_string={"limit": value})
    error = check_problem(answer, 422)["errors"][0]
    assert (error["in"], error["path"]) == ("query", "limit")


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        (f"/api/v1/patients?after={MARK}", "after"),
        (f"/api/v1/patients/{'0' * 32}/matches?version=0", "version"),
        (f"/api/v1/trials/NCT02152995?version={MARK}", "version"),
        (f"/api/v1/definitions?family={MARK}%00", "family"),
        (f"/api/v1/patients/{'0' * 32}/definitions?family={MARK}%00", "family"),
        (f"/api/v1/batches?after={MARK}", "after"),
    ],
)
def test_a_wrong_query_is_refused(service: Service, address: str, parameter: str) -> None:
    error = check_problem(service.client().get(address), 422)["errors"][0]
    assert (error["in"], error["path"]) == ("query", parameter)


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 201])
def test_a_wrong_idempotency_key_is_refused(service: Service, key: str) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/patients", json=example(), headers={"Idempotency-Key": key})
    error = check_problem(answer, 422)["errors"][0]
    assert (error["in"], error["path"]) == ("header", "Idempotency-Key")
    assert service.stored() == before


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/patients/1",
        f"/api/v1/patients/{MARK}",
        "/api/v1/patients/%00",
        "/api/v1/patients/../../etc/passwd",
        f"/api/v1/patients/{'A' * 32}",
        "/api/v1/trials/%ff",
        "/api/v1/vocabulary/%00",
        "/api/v1/nothing",
        "/nothing",
        "/api/v1/docs/assets/..%2f..%2fsettings",
    ],
)
def test_an_unknown_address_is_not_found(service: Service, address: str) -> None:
    check_problem(service.client("admin").get(address), 404)


def test_a_wrong_method_gets_the_allowed_methods(service: Service) -> None:
    answer = service.client().put("/api/v1/patients")
    check_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(",", " ").split())
