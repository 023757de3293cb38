"""The process that knows argon2: reads one question on standard input, answers on standard output, and ends with its 64 MB."""

import ctypes
import sys

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from agent.adapters.pin_store.wire import Answer, Compare, Make

PR_SET_DUMPABLE = 4


def answer(question: Make | Compare) -> Answer:
    """Hash, or compare."""
    hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
    if isinstance(question, Make):
        return Answer(hash=hasher.hash(question.pin))
    try:
        return Answer(is_right=hasher.verify(question.hash, question.pin))
    except VerifyMismatchError:
        return Answer(is_right=False)
    except (InvalidHashError, VerificationError):
        return Answer()


def main() -> None:
    """One question, one answer; no core dump of either."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Make | Compare)
    sys.stdout.buffer.write(msgspec.json.encode(answer(question)))


if __name__ == "__main__":
    main()
