"""`trialmatch.Client` against a small server; tests/api/test_over_http.py runs it against the service."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.error import HTTPError

import pytest

import trialmatch

LINKS = {"links": {"matches": "/matches", "batch": "/batch"}}


class Handler(BaseHTTPRequestHandler):
    """Answers each address with the next of its answers, and notes the requests."""

    answers: ClassVar[dict[str, list[tuple[int, Any]]]]
    requests: ClassVar[list[tuple[str, dict[str, str], bytes]]]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append((self.path, dict(self.headers), body))
        answers = self.answers[self.path.partition("?")[0]]
        status, content = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[trialmatch.Client, type[Handler]]]:
    handler = type("HandlerOfThisTest", (Handler,), {"answers": {}, "requests": []})
    with HTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield trialmatch.Client(f"http://127.0.0.1:{http.server_port}/", "secret"), handler
        http.shutdown()
        thread.join()


def test_a_submission_is_polled_until_it_is_matched(server: tuple[trialmatch.Client, type[Handler]]) -> None:
    client, handler = server
    handler.answers = {
        "/api/v1/patients": [(202, LINKS)],
        "/matches": [(200, {"state": "queued"}), (200, {"state": "matched"})],
    }
    submission = client.submit_patient({"patient_ref": "A"}, idempotency_key="k")
    assert client.wait_for_matches(submission) == {"state": "matched"}
    path, headers, body = handler.requests[0]
    assert (path, headers["X-Api-Key"], headers["Idempotency-Key"]) == ("/api/v1/patients", "secret", "k")
    assert json.loads(body) == {"patient_ref": "A"}
    handler.answers["/matches"] = [(200, {"state": "queued"})]
    with pytest.raises(TimeoutError):
        client.wait_for_matches(submission, seconds=0)


def test_a_batch_is_uploaded_polled_and_downloaded(
    server: tuple[trialmatch.Client, type[Handler]], tmp_path: Path
) -> None:
    client, handler = server
    handler.answers = {
        "/api/v1/batches": [(202, LINKS)],
        "/batch": [(200, {"state": state}) for state in ("splitting", "paused", "screening", "done")],
        "/results": [(200, "rows")],
    }
    file = tmp_path / "registry.csv"
    file.write_bytes(b"patient_ref\n" + b"A\n" * 200_000)
    sent: list[int] = []
    states: list[str] = []
    batch = client.upload_batch(file, {"decimal": ","}, on_progress=sent.append)
    assert client.wait_for_batch(batch, lambda state: states.append(state["state"]), pause=0)["state"] == "done"
    assert states == ["splitting", "paused", "screening", "done"]
    path, headers, body = handler.requests[0]
    assert (path, json.loads(headers["X-Read-Options"])) == ("/api/v1/batches?deidentified=true", {"decimal": ","})
    assert (body, sent[-1]) == (file.read_bytes(), len(body))
    out = BytesIO()
    client.download("/results", out)
    assert out.getvalue() == b'"rows"'


def test_an_error_answer_is_raised_with_its_problem_document(
    server: tuple[trialmatch.Client, type[Handler]],
) -> None:
    client, handler = server
    handler.answers = {"/api/v1/trials": [(403, {"detail": "no"})]}
    with pytest.raises(HTTPError) as error:
        client.get("/api/v1/trials")
    with error.value:
        assert (error.value.code, json.load(error.value)) == (403, {"detail": "no"})


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(trialmatch.Client("http://127.0.0.1", "secret"))
