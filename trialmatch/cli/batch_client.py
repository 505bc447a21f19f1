"""Batches over HTTP: a file streamed up, its progress, and what came of it streamed down."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from time import sleep
from typing import Any, BinaryIO
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from storage.states import ACTIVE_BATCH_STATES, PAUSED
from trialmatch.cli.client import ApiClient

PIECE_BYTES = 1 << 18
SEND_SECONDS = 600
"""The longest that a server may be silent: after the last byte it only stores what it has."""

POLL_SECONDS = 0.25
UNFINISHED_STATES = (*ACTIVE_BATCH_STATES, PAUSED)


@dataclass(frozen=True)
class BatchClient:
    """A server and a key for it, which a `ApiClient` holds."""

    client: ApiClient

    def send(
        self, file: Path, options: Any = None, key: str | None = None, sent: Callable[[int], None] = lambda _: None
    ) -> Any:
        """Send a file as a batch; `options` are those of reading, `sent` hears how many bytes went out.

        Raises: HTTPError, OSError.
        """
        given = {"options": json.dumps(options)} if options else {}
        with file.open("rb") as body:
            return self.send_stream(_told(body, sent), file.stat().st_size, given.get("options"), key)

    def send_stream(self, body: Iterator[bytes], size: int, options: str | None = None, key: str | None = None) -> Any:
        """The same for what is not a file."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        headers |= {"X-Read-Options": options} if options else {}
        headers |= {"Idempotency-Key": key} if key else {}
        address = f"/api/v1/batches?{urlencode({'deidentified': 'true'})}"
        with urlopen(self._request(address, body, headers), timeout=SEND_SECONDS) as answer:
            return json.load(answer)

    def wait(self, batch: Any, told: Callable[[Any], None] = lambda _: None, pause: float = POLL_SECONDS) -> Any:
        """The batch once nothing of it is on its way; `told` hears each state until then."""
        while True:
            found = self.client.get(batch["links"]["batch"])
            told(found)
            if found["state"] not in UNFINISHED_STATES:
                return found
            sleep(pause)

    def download(self, address: str, out: BinaryIO) -> None:
        """What an address of the API answers, without holding it in memory."""
        with urlopen(self._request(address, None, {}), timeout=SEND_SECONDS) as answer:
            copyfileobj(answer, out)

    def _request(self, address: str, body: Any, headers: dict[str, str]) -> Request:
        return Request(f"{self.client.url}{address}", body, {"X-API-Key": self.client.key, **headers})


def _told(body: BinaryIO, sent: Callable[[int], None]) -> Iterator[bytes]:
    total = 0
    while piece := body.read(PIECE_BYTES):
        yield piece
        total += len(piece)
        sent(total)
