"""Finds ECOG, Karnofsky and Lansky performance status."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import matches_near
from extraction.tokenised_note import TokenisedNote

WORDS_BEFORE_SCORE = (
    r"(?:[\s:=,()-]|\b(?:performance|status|score|scale|grade|ps|of|was|is|at|the|a|remains|"
    r"zero-zubrod|(?:improved|worsened|declined|deteriorated|changed) from [0-4] to|who|/|ecog|currently|with|"
    r"estimated)\b)*"
)
ECOG = re.compile(
    rf"\b(?:ecog(?:[ -]?ps)?|zubrod|who(?:/ecog| performance| ps)|(?:eastern cooperative oncology "
    rf"group)|performance status|ps)(?:\b|(?=[0-4]\b)){WORDS_BEFORE_SCORE}"
                  r"(?P<low>[0-4])(?:\s*(?:-|to|/)\s*(?P<high>[0-4]))?\b(?!\s*(?:[.,]\d|mm|cm|mci|%|"
                  r"months|years|weeks|\d))")  # fmt: skip
KARNOFSKY = re.compile(rf"\b(?:karnofsky(?:'s)?|kps)\b{WORDS_BEFORE_SCORE}(?P<low>\d{{2,3}})\s*%?")
LANSKY = re.compile(rf"\b(?:lansky)\b{WORDS_BEFORE_SCORE}(?P<low>\d{{2,3}})\s*%?")
ECOG_IN_WORDS = re.compile(r"ecog(?<!\wecog)\s+(?:ps\s+)?(?P<word>zero|one|two|three|four)\b")
SCALES = (
    (
        "ecog",
        ECOG,
        re.compile(r"ecog|zubrod|who(?=/ecog| performance| ps)|eastern coop|performance status|ps(?<!\wps)"),
    ),
    ("karnofsky", KARNOFSKY, ("karnofsky", "kps")),
    ("lansky", LANSKY, ("lansky",)),
)
ECOG_OF_WORD = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4"}


def find_performance(note: TokenisedNote) -> Iterator[Mention]:
    """Yield every score; the assembly uses the last of each scale."""
    for key, pattern, prefilter in SCALES:
        for match in matches_near(note.lower, pattern, prefilter, 1, 250):
            value = match["low"]
            if key == "ecog" and match["high"]:
                value = f"{value}-{match['high']}"
            if key == "ecog" or int(value) <= 100:
                yield _performance_mention(note, key, value if key == "ecog" else f"{value} %", match)
    for match in ECOG_IN_WORDS.finditer(note.lower) if "ecog" in note.lower else ():
        yield _performance_mention(note, "ecog", ECOG_OF_WORD[match["word"]], match)


def _performance_mention(note: TokenisedNote, key: str, value: str, match: re.Match[str]) -> Mention:
    context = context_of(note, match.start(), match.end(), "uncertain", "historical", "planned", "negated")
    return Mention(
        "performance", {key: value}, match.start(), match.end(), f"performance.{key}", context.categories, context.cue
    )
