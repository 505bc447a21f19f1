"""Every route: its roles, its documented statuses, its security headers."""

from pathlib import Path

import pytest

from settings.roles import CLINICAL_ROLES, EDITOR_ROLES, ROLES
from tests.api.operations import Operation, call, operations, without_names
from tests.api.running import SEEN, Service
from tests.api.test_bad_input import check_problem

PUBLIC_ROUTES = {
    ("GET", "/healthz"): "a load balancer has no key",
    ("GET", "/readyz"): "a load balancer has no key",
    ("GET", "/metrics"): "counts only, no site and no patient",
    ("GET", "/api/v1/openapi.json"): "explains how to use a key",
    ("GET", "/api/v1/docs/"): "explains how to use a key",
    ("GET", "/api/v1/docs/assets/<name>"): "files of Swagger UI",
    ("GET", "/static/<path:filename>"): "our own scripts and styles",
    ("GET", "/bootstrap/static/<path:filename>"): "Bootstrap's styles",
    ("GET", "/sign-in"): "the page for signing in",
}
"""The routes without authentication, and why. An addition needs a reason that a reviewer accepts."""

EXAMPLE_VALUES = {
    "trial_id": "NCT02152995",
    "name": "patient",
    "filename": "api_docs.js",
    "action": "pause",
    "kind": "csv",
}


def test_every_route_needs_a_key_or_is_on_the_short_list(service: Service) -> None:
    without_key = service.app.test_client()
    unguarded = set()
    for rule in service.app.url_map.iter_rules():
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            values = {name: EXAMPLE_VALUES.get(name, "0" * 32) for name in rule.arguments}
            with service.app.test_request_context():
                address = rule.build(values)
            assert address is not None, rule
            answer = without_key.open(address[1], method=method, buffered=True)
            # A page redirects to the sign-in, and rejects a form without a CSRF token.
            refused = 401 if rule.rule.startswith("/api/") else 303 if method == "GET" else 400
            if answer.status_code != refused:
                unguarded.add((method, rule.rule))
            elif refused == 303:
                assert answer.headers["Location"].startswith("/sign-in"), rule
    assert unguarded == PUBLIC_ROUTES.keys()


def test_every_operation_refuses_a_request_without_key(service: Service, subtests: pytest.Subtests) -> None:
    for operation in operations():
        with subtests.test(operation=str(operation)):
            check_problem(call(service.app.test_client(), operation), 401)
            assert "401" in operation.documented["responses"]


def test_every_operation_rejects_other_roles(service: Service, subtests: pytest.Subtests) -> None:
    for operation in operations():
        with subtests.test(operation=str(operation)):
            check_roles(service, operation)


def check_roles(service: Service, operation: Operation) -> None:
    clinical = operation.path.startswith(("/api/v1/patients", "/api/v1/extractions", "/api/v1/batches"))
    edits = operation.path.startswith("/api/v1/trials") and operation.method != "GET"
    allowed = set(CLINICAL_ROLES) if clinical else set(EDITOR_ROLES) if edits else set(ROLES)
    refused = {role for role in ROLES if call(service.client(role), operation).status_code == 403}
    assert refused == set(ROLES) - allowed
    assert ("403" in operation.documented["responses"]) == bool(refused)


@pytest.mark.parametrize("address", ["/healthz", "/api/v1/docs/", "/api/v1/trials", "/nothing"])
def test_every_answer_has_security_headers(service: Service, address: str) -> None:
    headers = service.client().get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert "Strict-Transport-Security" in service.client().get(address, base_url="https://localhost").headers


def test_a_request_keeps_a_valid_request_id_of_its_caller(service: Service) -> None:
    client = service.client()
    valid = "trace-0123456789"
    assert client.get("/healthz", headers={"X-Request-ID": valid}).headers["X-Request-ID"] == valid
    for invalid in ("x", 'a"b\\c-d-e-f-g', "A" * 65):
        assert client.get("/healthz", headers={"X-Request-ID": invalid}).headers["X-Request-ID"] != invalid


@pytest.mark.after_all_others
def test_every_documented_status_was_seen_by_a_test(service: Service, request: pytest.FixtureRequest) -> None:
    folder = Path(__file__).parent
    whole = {file.name for file in folder.glob("test_*.py")} - {"test_over_http.py"}  # it talks to other processes
    if not whole <= {item.path.name for item in request.session.items if item.path.parent == folder}:
        pytest.skip("needs the recorded answers of the whole folder")
    seen = {(method, without_names(rule), status) for method, rule, status in SEEN}
    documented = {
        (operation.method, operation.rule, int(status))
        for operation in operations()
        for status in operation.documented["responses"]
    }
    assert documented - seen == set()
