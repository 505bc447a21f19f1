"""A stretch of a sentence that speaks of one thing, with what was spoken of just before."""

from dataclasses import dataclass
from functools import cached_property

from extraction.reading import Mention, NoteSentence, PhraseHit, TokenisedNote
from extraction.recognise.lesion_words import SURE


@dataclass(frozen=True)
class LesionStretch:
    """A piece between commas. `last` is the lesion named before; `bare` are sites named before as mere lumps."""

    reading: TokenisedNote
    sentence: NoteSentence
    start: int
    end: int
    sites: tuple[PhraseHit, ...]
    last: Mention | None = None
    bare: tuple[PhraseHit, ...] = ()

    @cached_property
    def text(self) -> str:
        """The stretch in small letters."""
        return self.reading.lower[self.start : self.end]

    @cached_property
    def around(self) -> str:
        """Its sentence in small letters."""
        return self.reading.lower[self.sentence.start : self.sentence.end]

    @cached_property
    def sure(self) -> bool:
        """Whether a word of malignancy stands in it."""
        return SURE.search(self.text) is not None

    @cached_property
    def sure_around(self) -> bool:
        """Whether a word of malignancy stands in its sentence."""
        return SURE.search(self.around) is not None
