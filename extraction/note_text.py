"""A note as it comes: refused when it is no text, and flattened to plain letters without moving a single place."""

import re
from unicodedata import normalize

from schemas.inputs.faults import Fault, InputError

MAX_NOTE_CHARACTERS = 200_000
"""Some hundred pages. Reading takes time in proportion, so the bound on length is a bound on time."""

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
"""Letters, digits and signs as wide as a Chinese character."""

SUPERSCRIPT_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
PLAIN_CHARACTERS = FULL_WIDTH | str.maketrans(
    {odd: plain for plain, signs in TYPOGRAPHIC_SIGNS.items() for odd in signs} | SUPERSCRIPT_DIGITS
)
COMBINING_MARKS = "\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff"
COMBINING_MARK = re.compile(f"[{COMBINING_MARKS}]")
WORD_WITH_MARKS = re.compile(rf"\w{{0,40}}[{COMBINING_MARKS}][\w{COMBINING_MARKS}]*")
"""A word with accents as characters of their own, or with signs inside that only say where a line may break."""

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd\ufffe\uffff\ud800-\udfff]")


def check_note(text: object) -> str:
    """The note itself, if it is one.

    Raises: InputError, without a word of the text, for what is no text, empty, too long or binary.
    """
    if not isinstance(text, str):
        raise InputError([Fault("note", "must be text")])
    if len(text) > MAX_NOTE_CHARACTERS:
        raise InputError([Fault("note", f"longer than {MAX_NOTE_CHARACTERS:,} characters", "send one note at a time")])
    if not text.strip():
        raise InputError([Fault("note", "is empty")])
    if CONTROL_CHARACTER.search(text):
        raise InputError([Fault("note", "holds control characters: not plain text", "send text, not a document file")])
    return text


def flatten(text: str) -> str:
    """Markup, typographic signs and odd spaces as plain ones. Shape: as long as the text."""
    if text.isascii():
        flat = text.replace("\t", " ")
    else:
        flat = (WORD_WITH_MARKS.sub(_composed, text) if COMBINING_MARK.search(text) else text).translate(
            PLAIN_CHARACTERS
        )
    if "<" in flat:
        flat = TAG.sub(lambda found: _blank_tag(found.group()), flat)
    if "&" in flat:
        flat = ENTITY.sub(lambda found: ENTITIES[found.group()].ljust(len(found.group())), flat)
    return flat


def _composed(word: re.Match[str]) -> str:
    """The word as one writes it, with the places that this leaves over behind it."""
    whole = normalize("NFC", re.sub("[\u00ad\u200c\u200d\u2060\ufeff]", "", word.group()))
    return whole.ljust(len(word.group())) if len(whole) <= len(word.group()) else word.group()


def lower_case(flat: str) -> str:
    """The text in small letters. Shape: as long as the text; `str.lower` alone would lengthen a few (İ)."""
    small = flat.lower()
    return small if len(small) == len(flat) else "".join(letter.lower()[0] for letter in flat)


def _blank_tag(tag: str) -> str:
    """A tag that starts a new block ends a sentence; others leave only space."""
    block = re.match(r"</?(?:br|div|h\d|li|p|table|tr|ul|ol)\b", tag, re.IGNORECASE)
    return ("\n" if block else " ").ljust(len(tag))
