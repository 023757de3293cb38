"""Which sockets a call could use, by the kernel's own tables: real processes with real sockets."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kiosk_ui.shell.open_lines import Socket, is_line, open_lines, read_tables

if sys.platform != "linux":
    pytest.skip("reads /proc", allow_module_level=True)

OPENER = """
import socket, sys
kept = []
for order in sys.stdin:
    kind, port = order.split()
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    one.bind(("127.0.0.1", 0)) if kind == "udp" else one.connect(("127.0.0.1", int(port)))
    kept.append(one)
    print("open", flush=True)
"""


@pytest.fixture
def window() -> Iterator[subprocess.Popen[str]]:
    """A process group that opens what the test says."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", OPENER], stdin=pipe, stdout=pipe, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


def let_it_open(process: "subprocess.Popen[str]", kind: str, port: int = 0) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{kind} {port}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "open\n"


def test_a_window_that_speaks_with_the_page_server_alone_has_no_line(window: "subprocess.Popen[str]") -> None:
    with socket.create_server(("127.0.0.1", 0)) as page:
        port = page.getsockname()[1]
        let_it_open(window, "tcp", port)
        assert open_lines(window.pid, port) == frozenset()
        assert len(open_lines(window.pid, port + 1)) == 1


def test_any_datagram_socket_is_a_line_and_those_of_others_are_not_the_windows(window: "subprocess.Popen[str]") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert open_lines(window.pid, 1) == frozenset()
        let_it_open(window, "udp")
        assert len(open_lines(window.pid, 1)) == 1
        assert len(open_lines(os.getpgid(0), 1)) >= 1


def test_a_group_that_has_gone_has_none() -> None:
    assert open_lines(2**22 + 1, 1) == frozenset()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Socket(1, 0, False, "07", 40_000, 0), True),
        (Socket(1, 0, False, "07", 5353, 0), False),
        (Socket(1, 0, True, "01", 40_000, 443), True),
        (Socket(1, 0, True, "01", 40_000, 7000), False),
        (Socket(1, 0, True, "0A", 40_000, 0), False),
    ],
)
def test_what_a_call_could_use(one: Socket, expected: bool) -> None:
    assert is_line(one, page_port=7000) is expected


def test_every_row_of_the_kernels_tables_can_be_read() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        assert [row for row in read_tables() if row.here_port == port and not row.is_tcp and row.uid == os.getuid()]
