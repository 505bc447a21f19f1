"""A group of addresses that only the holders of a key may use, and that documents every answer it gives."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest

from service.security.authentication import auth

View = TypeVar("View", bound=Callable[..., Any])


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, with the key and the problems of an address said in one place."""

    def guarded(self, *roles: str, problems: tuple[int, ...] = ()) -> Callable[[View], View]:
        """Only for keys of these roles, or of any; the problems beside those of every guarded address."""

        def decorate(view: View) -> View:
            found: Any = self.doc(operationId=view.__name__, description=_description(view, roles))(view)
            for status in (401, *((403,) if roles else ()), *problems, 503):
                found = self.alt_response(status, HTTPStatus(status).name)(found)
            guarded: View = auth.login_required(role=list(roles) or None)(found)
            return guarded

        return decorate


def _description(view: Callable[..., Any], roles: tuple[str, ...]) -> str:
    """What stands below the first line of the view's docstring, and who may use it."""
    _, _, more = (view.__doc__ or "").partition("\n")
    return " ".join([*more.split(), f"Roles: {', '.join(roles)}." if roles else "Any role."])
