"""A small HTTP client for the service's own API, so that commands use it as anyone would."""

import json
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 30
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class ApiClient:
    """A server and a key for it."""

    url: str
    key: str

    def submit(self, summary: Any, idempotency_key: str | None = None) -> Any:
        """Send a summary; the answer says where its matches will be."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._ask("/api/v1/patients", json.dumps(summary).encode(), headers)

    def wait(self, submission: Any, seconds: float = TIMEOUT_SECONDS) -> Any:
        """The matches of a submission, once it is no longer queued.

        Raises: TimeoutError.
        """
        until = monotonic() + seconds
        while (result := self.get(submission["links"]["matches"]))["state"] == "queued":
            if monotonic() > until:
                raise TimeoutError("the submission is still queued")
            sleep(POLL_SECONDS)
        return result

    def get(self, address: str) -> Any:
        """Any address of the API."""
        return self._ask(address, None, {})

    def _ask(self, address: str, body: bytes | None, headers: dict[str, str]) -> Any:
        every = {"X-API-Key": self.key, "Content-Type": "application/json", **headers}
        # The address is the stack that this command started, never one from an input.
        with urlopen(Request(f"{self.url}{address}", body, every), timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
