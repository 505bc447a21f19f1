"""Control access to pages: who is signed in, and which roles may open which pages."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from service.dependencies import dependencies
from service.page.account.sessions import TOKEN_KEY
from settings.roles import Principal
from storage import accounts
from storage.accounts import SignedIn

View = TypeVar("View", bound=Callable[..., Any])


def signed_in() -> SignedIn | None:
    """The account behind the current request, if any; looked up in the database once per request."""
    if "signed_in" not in g:
        token = session.get(TOKEN_KEY)
        g.signed_in = _find_account(token) if isinstance(token, str) else None
        g.principal = g.signed_in.principal if g.signed_in else None
    return cast(SignedIn | None, g.signed_in)


def _find_account(token: str) -> SignedIn | None:
    with dependencies().database.session() as rows:
        return accounts.find_signed_in(rows, token, timedelta(minutes=dependencies().settings.idle_minutes))


def principal() -> Principal:
    """The principal behind the current request, on a page that requires a sign-in."""
    found = signed_in()
    assert found is not None
    return found.principal


class PageBlueprint(Blueprint):
    """Pages that require a sign-in, in one of `roles` if any are named; view endpoints are `NAME_pages.VIEW`."""

    def __init__(self, name: str, import_name: str, *roles: str) -> None:
        super().__init__(f"{name}_pages", import_name)
        self.before_request(partial(_check_access, roles))


def _check_access(roles: tuple[str, ...]) -> Response | None:
    """Redirect to the sign-in page if nobody is signed in; that page leads back here afterwards.

    Raises: Forbidden for another role.
    """
    found = signed_in()
    if found is None:
        # Lead back only to pages that were opened with GET: a submitted form would be submitted again.
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("sign_in", next=back), 303)
    if roles and found.principal.role not in roles:
        raise Forbidden
    return None


def only_for(*roles: str) -> Callable[[View], View]:
    """Restrict a view to fewer roles than its blueprint."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if principal().role not in roles:
                raise Forbidden
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate
