"""A stretch of a sentence that speaks of one thing, with what was spoken of just before."""

from dataclasses import dataclass

from extraction.reading import Finding, Reading, Sentence, Term


@dataclass(frozen=True)
class Stretch:
    """A piece between commas. `last` is the lesion named before; `bare` are sites named before as mere lumps."""

    reading: Reading
    sentence: Sentence
    start: int
    end: int
    sites: tuple[Term, ...]
    last: Finding | None = None
    bare: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The stretch in small letters."""
        return self.reading.lower[self.start : self.end]

    @property
    def around(self) -> str:
        """Its sentence in small letters."""
        return self.reading.lower[self.sentence.start : self.sentence.end]
