"""Who asks: an API key in the header X-API-Key, which stands for a site and a role."""

from flask import Response
from flask_httpauth import HTTPTokenAuth

from service.api.problems import WORDS, Problem
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
    return Problem(kind, WORDS[status]).response()


def principal() -> Principal:
    """Who sent the present request, which was authenticated."""
    found: Principal = auth.current_user()
    return found
