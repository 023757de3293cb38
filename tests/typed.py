"""Central's commands typed in the test's own process: a start of the program takes a second, the command a twentieth."""

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess

from central.__main__ import answer, parser

TIMEOUT_S = 30.0


def typed(words: Sequence[str], given: str = "") -> CompletedProcess[str]:
    """What a process of `bilik-central` with these words would end with; `serve` needs one of its own."""
    out, err = io.StringIO(), io.StringIO()
    with (
        ThreadPoolExecutor(1) as thread,  # a browser's driver may have its loop on ours
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _typing(given),
    ):
        code = thread.submit(_ended, words).result(TIMEOUT_S)
    return CompletedProcess(words, code, out.getvalue(), err.getvalue())


def _ended(words: Sequence[str]) -> int:
    try:
        return answer(parser().parse_args(words))
    except SystemExit as ended:
        return int(ended.code or 0)


@contextlib.contextmanager
def _typing(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before
