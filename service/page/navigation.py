"""The entries of the main navigation, by role."""

from dataclasses import dataclass

from flask import current_app, request

from service.page.access import signed_in
from settings.roles import CLINICAL_ROLES, ROLES


@dataclass(frozen=True)
class NavigationEntry:
    """A link in the main navigation: the blueprint it opens, its label, and the roles that see it."""

    blueprint: str
    label: str
    roles: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        """The first page of the blueprint."""
        return f"{self.blueprint}.index"


ENTRIES = (
    NavigationEntry("patient_pages", "Patients", CLINICAL_ROLES),
    NavigationEntry("trial_pages", "Trials", ROLES),
    NavigationEntry("batch_pages", "Batches", CLINICAL_ROLES),
)
PARENT_BLUEPRINTS = {
    "trial_editor_pages": "trial_pages",
    "batch_upload_pages": "batch_pages",
    "form_pages": "patient_pages",
    "note_pages": "patient_pages",
    "result_pages": "patient_pages",
}
"""Blueprints without an entry of their own, and the blueprint whose entry is current on their pages."""


def navigation_entries() -> list[dict[str, object]]:
    """The entries that the role sees, with a mark on the one of the current page."""
    account = signed_in()
    current = PARENT_BLUEPRINTS.get(request.blueprint or "", request.blueprint)
    return [
        {"endpoint": entry.endpoint, "label": entry.label, "current": entry.blueprint == current}
        for entry in ENTRIES
        if account and account.principal.role in entry.roles and entry.endpoint in current_app.view_functions
    ]


def first_page() -> str:
    """The endpoint of the first page of the role."""
    entries = navigation_entries()
    return str(entries[0]["endpoint"]) if entries else "account_pages.show"
