"""The key that signs the cookies of the page."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from settings.configuration import Settings

FILE = "secret.key"


def secret_key(settings: Settings) -> str:
    """The key of the settings, or that of the data folder, which is made where there is none."""
    return settings.secret_key or _of_folder(settings.data_dir)


def _of_folder(folder: Path) -> str:
    """Linked into place whole, so that of several processes that start at once all read the key of the first."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text().strip()
