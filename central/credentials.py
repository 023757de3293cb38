"""Secrets that central hands out or checks: codes, tokens, passwords; only their hashes are ever stored."""

import base64
import hashlib
import hmac
import secrets

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


def new_token() -> str:
    """32 random bytes for machines."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored of a token that is random enough by itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """A one-time code for people to type, like K7QF-M2XD-9RTW: 58 bits, no letters that look alike."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def code_hashed(code: str) -> str:
    """What is stored of a code; how it was typed (case, dashes, spaces) does not matter."""
    return hashed("".join(letter for letter in code.upper() if letter.isalnum()))


def link_token(secret: str, session_id: str) -> str:
    """The token of a family's link: it can be made again for officers, and by nobody without the secret."""
    digest = hmac.digest(secret.encode(), f"family-link:{session_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


def family_code(secret: str, registration_id: str) -> str:
    """The code of a family's private page, like K7QF-M2XD-9RTW; it can be made again for officers, as a link can."""
    digest = hmac.digest(secret.encode(), f"family-page:{registration_id}".encode(), "sha256")
    number = int.from_bytes(digest)
    letters = []
    for _ in range(CODE_LENGTH):
        number, at = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[at])
    text = "".join(letters)
    return "-".join(text[at : at + 4] for at in range(0, CODE_LENGTH, 4))


class Passwords:
    """argon2 for what people choose themselves; each check costs 64 MB and 0.2 s, so two at once are enough.

    `light` is for PINs, of which a day's import has hundreds: six digits are kept by the waits after wrong ones, not by the hash.
    """

    def __init__(self, *, light: bool = False) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=16_384, parallelism=1) if light else PasswordHasher()
        self._limiter: CapacityLimiter | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password or PIN."""
        return await anyio.to_thread.run_sync(self._hasher.hash, password, limiter=self._at_once())

    async def verify(self, stored: str, password: str) -> bool:
        """Whether this is the password; false for a damaged hash too."""
        return await anyio.to_thread.run_sync(self._verify, stored, password, limiter=self._at_once())

    def _at_once(self) -> CapacityLimiter:
        if self._limiter is None:
            self._limiter = CapacityLimiter(2)
        return self._limiter

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
