"""Authenticates API requests by the key in X-API-Key, which belongs to a site and has a role."""

from flask import Response
from flask_httpauth import HTTPTokenAuth

from service.api.problems import DETAILS, Problem
from service.dependencies import dependencies
from settings.roles import Principal
from storage.sites import find_key

HEADER = "X-API-Key"

auth = HTTPTokenAuth(scheme="ApiKey", realm="trialmatch", header=HEADER)


@auth.verify_token  # type: ignore[untyped-decorator]
def _principal(key: str) -> Principal | None:
    with dependencies().database.session() as session:
        return find_key(session, key)


@auth.get_user_roles  # type: ignore[untyped-decorator]
def _role(principal: Principal) -> str:
    return principal.role


@auth.error_handler  # type: ignore[untyped-decorator]
def _refuse(status: int) -> Response:
    kind = "role-not-allowed" if status == 403 else "key-missing-or-wrong"
    return Problem(kind, DETAILS[status]).response()


def principal() -> Principal:
    """Return the holder of the key that authenticated the current request."""
    found: Principal = auth.current_user()
    return found
