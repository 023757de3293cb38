"""A disk of a booth's own that a test can freeze, break and make read-only: a real file system on a loop device."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SIZE_MB = 16
NEEDED = ("mkfs.ext4", "mount", "umount", "fsfreeze", "findmnt")


def needs_disk() -> None:
    """Skip where this machine allows no file system of one's own."""
    missing = [name for name in NEEDED if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists() or missing:
        pytest.skip("needs root, loop devices and e2fsprogs to mount a disk of its own")


class Disk:
    """An ext4 mounted at `where` like Debian mounts a PC's disk: read-only after its first error."""

    def __init__(self, where: Path) -> None:
        self._where = where
        self._folder = tempfile.TemporaryDirectory(prefix="bilik-disk-")
        self._image = Path(self._folder.name) / "image"
        self._is_frozen = False
        with self._image.open("wb") as file:
            file.truncate(SIZE_MB * 2**20)
        _run("mkfs.ext4", "-q", "-b", "4096", str(self._image))
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(where))
        where.chmod(0o700)

    def freeze(self) -> None:
        """From now on every write waits, as on a disk that does not answer."""
        _run("fsfreeze", "--freeze", str(self._where))
        self._is_frozen = True

    def thaw(self) -> None:
        """It answers again."""
        if self._is_frozen:
            _run("fsfreeze", "--unfreeze", str(self._where))
        self._is_frozen = False

    def break_down(self) -> None:
        """The kernel finds an error and lets nothing be written any more, also to files that are open."""
        source = _run("findmnt", "-no", "SOURCE", str(self._where)).strip()
        Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error").write_text("1")

    def make_read_only(self, *, read_only: bool = True) -> None:
        """Only while no file on it is open for writing."""
        _run("mount", "-o", "remount,ro" if read_only else "remount,rw", str(self._where))

    def remove(self) -> None:
        """Take it away; what has it open keeps it until it ends."""
        self.thaw()
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("umount", "--lazy", str(self._where))
        self._folder.cleanup()


def _run(*command: str) -> str:
    path = {**os.environ, "PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}"}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=path).stdout
