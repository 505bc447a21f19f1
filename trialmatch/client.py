"""A client of the service's HTTP API, with the standard library only."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from time import monotonic, sleep
from typing import Any, BinaryIO
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from storage.states import ACTIVE_BATCH_STATES, PAUSED

TIMEOUT_SECONDS = 30
UPLOAD_SECONDS = 600
"""How long the server may be silent during a transfer: after the last byte it first stores the file."""

POLL_SECONDS, BATCH_POLL_SECONDS = 0.05, 0.25
BLOCK_BYTES = 1 << 18
UNFINISHED_STATES = (*ACTIVE_BATCH_STATES, PAUSED)


@dataclass(frozen=True)
class Client:
    """A server and an API key for it, such as `Client("https://match.example.org", key)`.

    Answers are JSON as docs/api.md describes it. Every method raises `urllib.error.HTTPError` for an answer of 400 and
    above (its body is a problem document), and `URLError` where the server does not answer.
    """

    url: str
    key: str = field(repr=False)

    def submit_patient(self, summary: Any, idempotency_key: str | None = None) -> Any:
        """Submit a patient summary; pass the answer to `wait_for_matches`."""
        headers = {"Content-Type": "application/json"}
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._json("/api/v1/patients", json.dumps(summary).encode(), headers)

    def wait_for_matches(self, submission: Any, seconds: float = TIMEOUT_SECONDS) -> Any:
        """Return the matches of a submission as soon as a worker has stored them.

        Raises: TimeoutError.
        """
        until = monotonic() + seconds
        while (result := self.get(submission["links"]["matches"]))["state"] == "queued":
            if monotonic() > until:
                raise TimeoutError("the submission is still queued")
            sleep(POLL_SECONDS)
        return result

    def get(self, address: str) -> Any:
        """Return the JSON of any address of the API, such as `/api/v1/trials`."""
        return self._json(address, None, {"Content-Type": "application/json"})

    def upload_batch(
        self,
        file: Path,
        options: Any = None,
        idempotency_key: str | None = None,
        on_progress: Callable[[int], None] = lambda sent_bytes: None,
    ) -> Any:
        """Upload a registry file; pass the answer to `wait_for_batch`. The caller confirms that it is de-identified.

        `options` say how to read the file (docs/registry.md). `on_progress` is called with the number of bytes sent.
        """
        with file.open("rb") as body:
            encoded = json.dumps(options) if options else None
            return self.upload_stream(_blocks(body, on_progress), file.stat().st_size, encoded, idempotency_key)

    def upload_stream(
        self, body: Iterator[bytes], size: int, options: str | None = None, idempotency_key: str | None = None
    ) -> Any:
        """Upload a registry of `size` bytes from an iterator; `options` are JSON text."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        headers |= {"X-Read-Options": options} if options else {}
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        address = f"/api/v1/batches?{urlencode({'deidentified': 'true'})}"
        return self._json(address, body, headers, UPLOAD_SECONDS)

    def wait_for_batch(
        self, batch: Any, on_state: Callable[[Any], None] = lambda batch: None, pause: float = BATCH_POLL_SECONDS
    ) -> Any:
        """Return a batch when it is finished; `on_state` is called with each state of it until then."""
        while True:
            current = self.get(batch["links"]["batch"])
            on_state(current)
            if current["state"] not in UNFINISHED_STATES:
                return current
            sleep(pause)

    def download(self, address: str, out: BinaryIO) -> None:
        """Write the body of any address of the API to a file, without holding it in memory."""
        with urlopen(self._request(address, None, {}), timeout=UPLOAD_SECONDS) as answer:
            copyfileobj(answer, out)

    def _json(self, address: str, body: Any, headers: dict[str, str], seconds: float = TIMEOUT_SECONDS) -> Any:
        with urlopen(self._request(address, body, headers), timeout=seconds) as answer:
            return json.load(answer)

    def _request(self, address: str, body: Any, headers: dict[str, str]) -> Request:
        return Request(f"{self.url.rstrip('/')}{address}", body, {"X-API-Key": self.key, **headers})


def _blocks(body: BinaryIO, on_progress: Callable[[int], None]) -> Iterator[bytes]:
    sent = 0
    while block := body.read(BLOCK_BYTES):
        yield block
        sent += len(block)
        on_progress(sent)
