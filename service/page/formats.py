"""One way to write dates, numbers and codes on every page."""

from datetime import datetime

from markupsafe import Markup, escape

STATUS_WORDS = {"active_not_recruiting": "active, not recruiting"}
DASH = "–"


def day(moment: datetime | None) -> str:
    """A day, such as 26 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}" if moment else DASH


def moment(when: datetime | None) -> Markup:
    """A day and minute in UTC, such as 26 Nov 2026, 16:05, which a program can read too."""
    if when is None:
        return Markup(DASH)
    return Markup('<time datetime="{}">{}, {} UTC</time>').format(
        when.isoformat(timespec="seconds"), day(when), f"{when:%H:%M}"
    )


def number(value: float | None) -> str:
    """A number with thin groups of thousands, and no more digits than it needs."""
    if value is None:
        return DASH
    return (
        f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f")
        if value % 1
        else f"{value:,.0f}".replace(",", "\u202f")
    )


def words(code: str) -> str:
    """A code as words: `active_not_recruiting` as active, not recruiting."""
    return STATUS_WORDS.get(code, code.replace("_", " "))


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 trial, 3 trials."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def phases(listed: list[str]) -> str:
    """Phases as one says them: phase 1/2."""
    return f"Phase {'/'.join(listed)}" if listed else "Phase not stated"


def breakable(text: str) -> Markup:
    """A long code that may break after its separators, so that narrow screens need not scroll."""
    return Markup("<wbr>").join(Markup(escape(part)) for part in _parts(text))


def _parts(text: str) -> list[str]:
    spaced = text
    for sign in "._/":
        spaced = spaced.replace(sign, f"{sign}\0")
    return spaced.split("\0")


FILTERS = {
    "day": day,
    "moment": moment,
    "number": number,
    "words": words,
    "counted": counted,
    "phases": phases,
    "breakable": breakable,
}
