"""Format dates, numbers, codes and counts the same way on every page."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

STATUS_LABELS = {"active_not_recruiting": "active, not recruiting"}
DASH = "–"
THIN_SPACE = "\u202f"


def day(moment: datetime | None) -> str:
    """A day, such as 26 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}" if moment else DASH


def moment(when: datetime | None) -> Markup:
    """A day and minute in UTC, such as 26 Nov 2026, 16:05, with a machine-readable attribute."""
    if when is None:
        return Markup(DASH)
    return Markup('<time datetime="{}">{}, {} UTC</time>').format(
        when.isoformat(timespec="seconds"), day(when), f"{when:%H:%M}"
    )


def number(value: float | None) -> str:
    """A number with thin spaces between thousands and at most two decimals."""
    if value is None:
        return DASH
    digits = f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return digits.replace(",", THIN_SPACE)


def words(code: str) -> str:
    """A code as words: `active_not_recruiting` as active, not recruiting."""
    return STATUS_LABELS.get(code, code.replace("_", " "))


def capital(text: str) -> str:
    """The text with a capital first letter; the rest keeps its case, for abbreviations."""
    return text[:1].upper() + text[1:]


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: 1 trial, 3 trials."""
    return f"{number(count)} {singular if count == 1 else plural or f'{singular}s'}"


def phases(listed: Sequence[str]) -> str:
    """The phases of a trial: Phase 1/2, or Observational."""
    if not listed:
        return "Phase not given"
    text = "/".join(listed)
    return f"Phase {text}" if text[0].isdigit() else capital(text)


def breakable(text: str) -> Markup:
    """A long code with permission to break after its separators, so that narrow screens need not scroll."""
    for separator in "._/":
        text = text.replace(separator, f"{separator}\0")
    return Markup("<wbr>").join(Markup(escape(part)) for part in text.split("\0"))


FILTERS = {
    "day": day,
    "moment": moment,
    "number": number,
    "words": words,
    "capital": capital,
    "counted": counted,
    "phases": phases,
    "breakable": breakable,
}
