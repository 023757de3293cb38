"""`make fuzz`: every reader in turn under a fuzzer that follows the code's branches, then central's contract.

`python -m tests.fuzz` runs all for FUZZ_S seconds in sum; `python -m tests.fuzz READER SECONDS` runs one, and is how they are started.
"""

import contextlib
import os
import subprocess
import sys

import atheris
from hypothesis import given, settings
from hypothesis import strategies as st

with atheris.instrument_imports(include=["agent", "central", "protocol", "tomllib"]):
    from tests.fuzz.contract import try_contract
    from tests.fuzz.messages import spoilt, valid
    from tests.fuzz.readers import READERS, Reader

DEFAULT_S = 60
CONTRACT_SHARE = 0.4
LEAST_S = 2


def main(arguments: list[str]) -> int:
    """0: nothing was found; 1: something was, and it is said."""
    if arguments:
        fuzz_one(arguments[0], int(arguments[1]))
    seconds = int(os.environ.get("FUZZ_S", DEFAULT_S))
    each_s = max(LEAST_S, round(seconds * (1 - CONTRACT_SHARE) / len(READERS)))
    failed = [name for name in READERS if not _run(name, each_s)]
    found = try_contract(max(10, round(seconds * CONTRACT_SHARE)))
    print(f"contract: {found.sent} requests, {'nothing found' if found.ok else found.said}")
    print(f"{len(READERS)} readers, {each_s} s each; found: {', '.join(failed) or 'nothing'}")
    return 1 if failed or not found.ok or found.bugs else 0


def _run(name: str, seconds: int) -> bool:
    """In a process of its own: the fuzzer ends the one it runs in."""
    command = [sys.executable, "-m", "tests.fuzz", name, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=False)
    last = next((line for line in reversed(done.stderr.splitlines()) if line.startswith(("Done", "#"))), "")
    print(f"{name}: {last if done.returncode == 0 else done.stderr[-3000:]}", flush=True)
    return done.returncode == 0


def fuzz_one(name: str, seconds: int) -> None:
    """Never returns: the fuzzer ends the process, with 0 if nothing was found."""
    reader = READERS[name]

    def once(raw: bytes) -> None:
        with contextlib.suppress(*reader.refuses_with):
            reader.read(raw)

    options = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        "-max_len=4096",
        "-rss_limit_mb=1024",
        "-artifact_prefix=/dev/null",
    ]
    if reader.kind is None:
        atheris.Setup(options, once)
    else:
        atheris.Setup(
            options, settings(database=None, deadline=None)(given(made_of(reader))(once)).hypothesis.fuzz_one_input
        )
    atheris.Fuzz()


def made_of(reader: Reader) -> st.SearchStrategy[bytes]:
    """The reader of JSON is not Python: only messages that are nearly right come past it to our own code."""
    return spoilt(reader.kind) | valid(reader.kind)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
