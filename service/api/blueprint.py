"""A group of API routes that require a key and document every status they answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest

from service.security.authentication import auth

View = TypeVar("View", bound=Callable[..., Any])


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's Blueprint with a decorator for the roles and problems of a route."""

    def guarded(self, *roles: str, problems: tuple[int, ...] = ()) -> Callable[[View], View]:
        """Require a key with one of these roles (any role if none is given), and document the problems of the route."""

        def decorate(view: View) -> View:
            documented: Any = self.doc(operationId=view.__name__, description=_description(view, roles))(view)
            for status in (401, *((403,) if roles else ()), *problems, 503):
                documented = self.alt_response(status, HTTPStatus(status).name)(documented)
            guarded: View = auth.login_required(role=list(roles) or None)(documented)
            return guarded

        return decorate


def _description(view: Callable[..., Any], roles: tuple[str, ...]) -> str:
    """Return the docstring of the view below its first line, and the roles that may use it."""
    _, _, details = (view.__doc__ or "").partition("\n")
    return " ".join([*details.split(), f"Roles: {', '.join(roles)}." if roles else "Any role."])
