"""Every operation of the OpenAPI document, with a request that would succeed."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.trials.library import load_library
from service import create_app
from settings.configuration import Settings
from tests.api.running import example

PARAMETERS = {"patient_id": "0" * 32, "batch_id": "0" * 32, "trial_id": "NCT02152995", "name": "gene"}


@dataclass(frozen=True)
class Operation:
    """A documented method and address."""

    method: str
    path: str
    documented: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def rule(self) -> str:
        """The address with anonymous parameters, to compare with a Flask rule."""
        return without_names(self.path)


def without_names(path: str) -> str:
    """Return the same text for `/a/{b}` and `/a/<kind:b>`."""
    parts = path.split("/")
    return "/".join("*" if part.startswith(("{", "<")) else part for part in parts)


@cache
def operations() -> list[Operation]:
    """Return every documented operation. A function, because making the application loads the library."""
    app = create_app(Settings())
    document = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    methods = ("get", "post", "put", "patch", "delete")
    return [
        Operation(method.upper(), path, found[method])
        for path, found in document["paths"].items()
        for method in methods
        if method in found
    ]


def call(client: FlaskClient, operation: Operation) -> TestResponse:
    """Send a request for the operation."""
    parameters = PARAMETERS | ({"name": "patient"} if "schemas" in operation.path else {})
    body: Any = example() if operation.method == "POST" else None
    if operation.method == "PUT" or operation.path.endswith("/check"):
        body = {"text": load_library().texts["NCT02152995"]}
    return client.open(operation.path.format(**parameters), method=operation.method, json=body)
