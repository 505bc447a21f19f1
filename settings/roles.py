"""The roles of users, what each role may do, and who sent a request."""

from dataclasses import dataclass

ROLE_DESCRIPTIONS = {
    "coordinator": "A coordinator submits patients and sees those of the site.",
    "registrar": "A registrar submits patients and registries and sees those of the site.",
    "curator": "A curator works on trials and sees no patient.",
    "admin": "An administrator submits and sees patients of the site and works on its trials.",
}
ROLES = tuple(ROLE_DESCRIPTIONS)
UNKNOWN_ROLE = f"a role is one of {', '.join(ROLES)}"
"""The message for any other role."""

CLINICAL_ROLES = ("coordinator", "registrar", "admin")
"""May see patients. A curator works on trials and needs no access to patients."""

EDITOR_ROLES = ("curator", "admin")
"""May change trials."""


@dataclass(frozen=True)
class Principal:
    """The key or account behind a request. Every query takes the site from here, never from the request."""

    key_id: str
    site_id: str
    role: str
