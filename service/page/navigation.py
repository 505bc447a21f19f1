"""The places that a person can go to, by role."""

from dataclasses import dataclass

from flask import current_app, request

from service.page.account.sessions import signed_in
from settings.roles import CLINICAL_ROLES, ROLES


@dataclass(frozen=True)
class NavigationEntry:
    """A place in the navigation: the group of pages, the words, and the roles that see it."""

    group: str
    label: str
    roles: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        """Its first page."""
        return f"{self.group}.index"


ENTRIES = (
    NavigationEntry("patient_pages", "Patients", CLINICAL_ROLES),
    NavigationEntry("trial_pages", "Trials", ROLES),
    NavigationEntry("batch_pages", "Batches", CLINICAL_ROLES),
)
UNDER = {
    "trial_editor_pages": "trial_pages",
    "batch_upload_pages": "batch_pages",
    "submit_pages": "patient_pages",
    "note_pages": "patient_pages",
    "result_pages": "patient_pages",
}
"""Groups that stand under another one's entry."""


def entries() -> list[dict[str, object]]:
    """The entries that the role may see, and which of them the present page stands under."""
    me = signed_in()
    here = UNDER.get(request.blueprint or "", request.blueprint)
    return [
        {"endpoint": entry.endpoint, "label": entry.label, "here": entry.group == here}
        for entry in ENTRIES
        if me and me.principal.role in entry.roles and entry.endpoint in current_app.view_functions
    ]


def first_page() -> str:
    """The endpoint that a person of this role begins at."""
    found = entries()
    return str(found[0]["endpoint"]) if found else "account_pages.show"
