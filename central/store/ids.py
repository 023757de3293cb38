"""New names for rows: short, not guessable from each other, fit for `protocol.wire.Identifier`."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str) -> str:
    """A letter for what it is, and 60 random bits."""
    return f"{kind}-{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"
