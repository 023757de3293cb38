"""What was asked of the store cannot be done, in words for the one who asked."""


class Impossible(ValueError):
    """The message says what, and what to do instead; nothing was changed."""
