"""A group of pages: only who is signed in sees them, and only in the roles that they are for."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from flask import Blueprint
from werkzeug.exceptions import Forbidden

from service.page.account.sessions import principal, require

View = TypeVar("View", bound=Callable[..., Any])


class PageBlueprint(Blueprint):
    """Pages for some roles, or for any; the endpoint of a view is `NAME_pages.VIEW`."""

    def __init__(self, name: str, import_name: str, *roles: str) -> None:
        super().__init__(f"{name}_pages", import_name)
        self.before_request(partial(require, roles))


def only_for(*roles: str) -> Callable[[View], View]:
    """One view of a group for fewer roles than the group is for."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if principal().role not in roles:
                raise Forbidden
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate
