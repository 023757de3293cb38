"""Numbers of reports as people here write them: 1.234,5 and in English 1,234.5."""

MINUTE_MS = 60_000


class Numbers:
    """One language's way."""

    def __init__(self, language: str) -> None:
        self._is_english = language == "en"

    def count(self, number: int) -> str:
        """A whole number."""
        return self._written(f"{number:,}")

    def minutes(self, ms: int) -> str:
        """Minutes with one decimal."""
        return self._written(f"{ms / MINUTE_MS:,.1f}")

    def percent(self, share: float | None) -> str:
        """A share in percent with one decimal; a dash where there is none."""
        return "\u2013" if share is None else self._written(f"{share * 100:,.1f} %")

    def _written(self, text: str) -> str:
        return text if self._is_english else text.translate(str.maketrans(",.", ".,"))
