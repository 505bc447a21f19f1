"""The secret key that signs the cookies of the page."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from settings.configuration import Settings

KEY_FILE = "secret.key"


def secret_key(settings: Settings) -> str:
    """Return the key from the settings, else from the data folder, where it is created on first use."""
    return settings.secret_key or _key_of_folder(settings.data_dir)


def _key_of_folder(folder: Path) -> str:
    """Create the file by a hard link, which is atomic: processes that start together all read the same key."""
    file = folder / KEY_FILE
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new_file:
            new_file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text().strip()
