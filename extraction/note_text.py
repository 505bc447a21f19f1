"""Checks that input is a note, and normalises its characters without changing any offset."""

import re
from unicodedata import normalize

from schemas.inputs.faults import Fault, InputError

MAX_NOTE_CHARACTERS = 200_000
"""About a hundred pages. Reading time is proportional to length, so this bounds the time too."""

TAG = re.compile(
    r"</?(?:a|b|body|br|div|em|font|h[1-6]|head|html|i|img|li|meta|ol|p|span|strong|style|su[bp]|table|"
    r"tbody|td|th|thead|title|tr|u|ul)\b[^<>]{0,300}>|<!--.{0,300}?-->",
    re.IGNORECASE | re.DOTALL,
)
ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&amp;": "&", "&micro;": "u", "&quot;": '"', "&ndash;": "-",
            "&plusmn;": " ", "&times;": "x", "&#160;": " "}  # fmt: skip
ENTITY = re.compile("|".join(ENTITIES))
TYPOGRAPHIC_SIGNS = {"-": "–—−‐‑‒―", "'": "’‘`´", '"': "“”„", "x": "×✕", ".": "·•◦▪●", "u": "µμ", ">": "→",
                     " ": "\u00a0\u2002\u2003\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200e\u200f\u202f"
                          "\u3000\u00ad\t"}  # fmt: skip
FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
"""Full-width letters, digits and signs, as East Asian input methods write them."""

SUPERSCRIPT_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
PLAIN_CHARACTERS = FULL_WIDTH | str.maketrans(
    {sign: plain for plain, signs in TYPOGRAPHIC_SIGNS.items() for sign in signs} | SUPERSCRIPT_DIGITS
)
COMBINING_MARKS = "\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff"
COMBINING_MARK = re.compile(f"[{COMBINING_MARKS}]")
WORD_WITH_MARKS = re.compile(rf"\w{{0,40}}[{COMBINING_MARKS}][\w{COMBINING_MARKS}]*")
"""A word with combining accents, or with invisible characters such as soft hyphens."""

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd\ufffe\uffff\ud800-\udfff]")


def check_note(text: object) -> str:
    """Return the note unchanged if it is valid.

    Raises: InputError if it is not text, empty, too long or binary; it never contains words of the text.
    """
    if not isinstance(text, str):
        raise InputError([Fault("note", "must be text")])
    if len(text) > MAX_NOTE_CHARACTERS:
        raise InputError([Fault("note", f"longer than {MAX_NOTE_CHARACTERS:,} characters", "send one note at a time")])
    if not text.strip():
        raise InputError([Fault("note", "is empty")])
    if CONTROL_CHARACTER.search(text):
        raise InputError(
            [Fault("note", "contains control characters: not plain text", "send text, not a document file")]
        )
    return text


def flatten(text: str) -> str:
    """Replace markup, typographic signs and special spaces by plain characters. Shape: the length of the text."""
    if text.isascii():
        flat = text.replace("\t", " ")
    else:
        flat = (WORD_WITH_MARKS.sub(_composed, text) if COMBINING_MARK.search(text) else text).translate(
            PLAIN_CHARACTERS
        )
    if "<" in flat:
        flat = TAG.sub(lambda match: _blank_tag(match.group()), flat)
    if "&" in flat:
        flat = ENTITY.sub(lambda match: ENTITIES[match.group()].ljust(len(match.group())), flat)
    return flat


def _composed(word: re.Match[str]) -> str:
    """Compose accented letters and pad with spaces to the original length."""
    composed = normalize("NFC", re.sub("[\u00ad\u200c\u200d\u2060\ufeff]", "", word.group()))
    return composed.ljust(len(word.group())) if len(composed) <= len(word.group()) else word.group()


def lower_case(flat: str) -> str:
    """Return the text in lower case. Shape: the length of the text; `str.lower` lengthens some letters (İ)."""
    lowered = flat.lower()
    return lowered if len(lowered) == len(flat) else "".join(letter.lower()[0] for letter in flat)


def _blank_tag(tag: str) -> str:
    """Replace a tag by a line break if it starts a new block, else by a space, padded to its length."""
    block = re.match(r"</?(?:br|div|h\d|li|p|table|tr|ul|ol)\b", tag, re.IGNORECASE)
    return ("\n" if block else " ").ljust(len(tag))
