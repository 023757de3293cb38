"""Reads the rows in an SQLite file and its log page by page, as far as there are any, whatever else in them is damaged.

SQLite itself stops at the first page it cannot read. What is here follows https://sqlite.org/fileformat2.html and trusts
nothing it finds: whether a row is what was written is for its own sum to say.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

PAGE_BYTES = 4096
HEADER_BYTES = 100
WAL_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
LEAF_TABLE, LEAF_INDEX, INNER_INDEX = 0x0D, 0x0A, 0x02
MOST_LOCAL = {LEAF_TABLE: PAGE_BYTES - 35, LEAF_INDEX: 1002, INNER_INDEX: 1002}
LEAST_LOCAL = 489
MOST_PAYLOAD = 16 * 1024 * 1024
INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
INDEX_HEADER_FRAME = 16

Value = int | float | str | bytes | None


class Row(NamedTuple):
    """One record: its id (0 where the table has none) and its values."""

    id: int
    values: tuple[Value, ...]


class Frame(NamedTuple):
    """One page in the log, by its place in it from 1; `ends` tells that a transaction was complete with it."""

    number: int
    page: int
    ends: bool


def frames_of(wal: Path) -> list[Frame]:
    """The frames of the log's present generation up to the last one that ended a transaction, damaged ones left out."""
    try:
        size = wal.stat().st_size
        with wal.open("rb") as file:
            header = file.read(WAL_HEADER_BYTES)
            heads = [_head(file, at) for at in range(WAL_HEADER_BYTES, size - FRAME_BYTES + 1, FRAME_BYTES)]
    except OSError:
        return []
    salts = {salt for _, _, salt in heads}
    salt = header[16:24] if header[16:24] in salts or not heads else heads[0][2]
    frames = [Frame(at, page, ends) for at, (page, ends, its) in enumerate(heads, start=1) if its == salt and page > 0]
    last = max((frame.number for frame in frames if frame.ends), default=0)
    return [frame for frame in frames if frame.number <= last]


def _head(file: BinaryIO, at: int) -> tuple[int, bool, bytes]:
    file.seek(at)
    head = file.read(FRAME_HEADER_BYTES)
    page, pages = struct.unpack_from(">II", head)
    return page, pages > 0, head[8:16]


def frames_taken(shm: Path) -> int:
    """How many frames of the log SQLite has found to be whole, as it says in the index beside it."""
    try:
        with shm.open("rb") as file:
            return int(struct.unpack_from("=I", file.read(48), INDEX_HEADER_FRAME)[0])
    except (OSError, struct.error):
        return 0


class Pages:
    """All versions of all pages of a file and its log, oldest first."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        wal = path.with_name(path.name + "-wal")
        self._frames = frames_of(wal)
        self._wal = wal.open("rb") if self._frames else None
        self._count = (path.stat().st_size + PAGE_BYTES - 1) // PAGE_BYTES
        self._versions: dict[int, list[int]] = {}
        for frame in self._frames:
            self._versions.setdefault(frame.page, []).append(frame.number)

    def close(self) -> None:
        """Let go of both files."""
        self._file.close()
        if self._wal is not None:
            self._wal.close()

    def rows(self) -> Iterator[Row]:
        """Every record of every version of every page; one that was changed comes again later."""
        for number in range(1, self._count + 1):
            yield from self._rows_of(self._stored(number), HEADER_BYTES if number == 1 else 0, 0)
        ends = [frame.number for frame in self._frames if frame.ends]
        for frame in self._frames:
            until = ends[bisect_right(ends, frame.number - 1)]
            yield from self._rows_of(self._logged(frame.number), HEADER_BYTES if frame.page == 1 else 0, until)

    def _stored(self, number: int) -> bytes:
        if not 1 <= number <= self._count:
            raise ValueError(number)
        self._file.seek((number - 1) * PAGE_BYTES)
        return self._file.read(PAGE_BYTES).ljust(PAGE_BYTES, b"\0")

    def _logged(self, frame: int) -> bytes:
        if self._wal is None:
            return b""
        self._wal.seek(WAL_HEADER_BYTES + (frame - 1) * FRAME_BYTES + FRAME_HEADER_BYTES)
        return self._wal.read(PAGE_BYTES)

    def _page(self, number: int, until: int) -> bytes:
        """The page as it was when the transaction that ended with frame `until` was over."""
        versions = self._versions.get(number, [])
        at = bisect_right(versions, until)
        return self._logged(versions[at - 1]) if at else self._stored(number)

    def _rows_of(self, page: bytes, start: int, until: int) -> Iterator[Row]:
        kind = page[start] if page else 0
        if kind not in MOST_LOCAL:
            return
        (cells,) = struct.unpack_from(">H", page, start + 3)
        begin = start + (12 if kind == INNER_INDEX else 8)
        for at in range(begin, min(begin + 2 * cells, PAGE_BYTES - 1), 2):
            try:
                yield self._row(page, kind, struct.unpack_from(">H", page, at)[0], until)
            except (IndexError, ValueError, struct.error):
                continue

    def _row(self, page: bytes, kind: int, at: int, until: int) -> Row:
        at += 4 if kind == INNER_INDEX else 0
        size, at = _varint(page, at)
        row_id = 0
        if kind == LEAF_TABLE:
            row_id, at = _varint(page, at)
        return Row(row_id, _values(self._payload(page, kind, at, size, until)))

    def _payload(self, page: bytes, kind: int, at: int, size: int, until: int) -> bytes:
        """The record's bytes; what does not fit on its page goes on in a chain of others."""
        if size > MOST_PAYLOAD:
            raise ValueError(size)
        most, chunk = MOST_LOCAL[kind], PAGE_BYTES - 4
        if size <= most:
            return page[at : at + size]
        local = LEAST_LOCAL + (size - LEAST_LOCAL) % chunk
        local = local if local <= most else LEAST_LOCAL
        parts = [page[at : at + local]]
        (following,) = struct.unpack_from(">I", page, at + local)
        for _ in range((size - local + chunk - 1) // chunk):
            further = self._page(following, until)
            parts.append(further[4:])
            (following,) = struct.unpack_from(">I", further)
        return b"".join(parts)[:size]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    value = 0
    for used in range(8):
        byte = data[at + used]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + used + 1
    return value << 8 | data[at + 8], at + 9


def _values(record: bytes) -> tuple[Value, ...]:
    """The columns of one record; raises ValueError, IndexError or struct.error if it is none."""
    header_end, at = _varint(record, 0)
    kinds = []
    while at < header_end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(record, kind, at)
        values.append(value)
    if at != len(record):
        raise ValueError(at)
    return tuple(values)


def _value(record: bytes, kind: int, at: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in INTEGERS:
        end = at + INTEGERS[kind]
        return int.from_bytes(record[at:end], "big", signed=True), end
    if kind == 7:
        return struct.unpack_from(">d", record, at)[0], at + 8
    if kind in (8, 9):
        return kind - 8, at
    end = at + (kind - 12) // 2
    if kind < 12 or end > len(record):
        raise ValueError(kind)
    return (record[at:end].decode("utf-8") if kind % 2 else record[at:end]), end
