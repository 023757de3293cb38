"""The real Linux machine, or one that is mounted under another root."""

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from installer.linux.account_files import AccountFiles
from installer.ports import Account, Done, Node, NodeKind, System, SystemRefused
from installer.words import say

FRESH = ".bilik-new"
LONGEST_S = 300.0
BOOTED = "/run/systemd/system"
NO_PROGRAM = 127


class LinuxSystem(System):
    """`root` is where the machine's file system is: / for the one we run on."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._accounts = AccountFiles(root / "etc")

    # ---- files ----

    def _at(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def read(self, path: str) -> Node | None:
        """What is at this path itself; a link is not followed."""
        with refused(path, "read"):
            try:
                found = self._at(path).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return self._node(path, found)

    def _node(self, path: str, found: os.stat_result) -> Node:
        if stat.S_ISLNK(found.st_mode):
            return Node(kind=NodeKind.LINK, target=str(self._at(path).readlink()))
        kind = NodeKind.DIRECTORY if stat.S_ISDIR(found.st_mode) else NodeKind.FILE
        if stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode):
            content = b"" if kind is NodeKind.DIRECTORY else self._at(path).read_bytes()
            mode = stat.S_IMODE(found.st_mode)
            return Node(kind=kind, content=content, mode=mode, uid=found.st_uid, gid=found.st_gid)
        raise SystemRefused(
            say("{path} is neither file, link nor directory: look what it is, and move it away", path=path)
        )

    def write(self, path: str, node: Node) -> None:
        """Put a file or link there, whole or not at all, on the disk when it returns."""
        place = self._at(path)
        fresh = place.with_name(place.name + FRESH)
        with refused(path, "written"):
            fresh.unlink(missing_ok=True)
            if node.kind is NodeKind.LINK:
                fresh.symlink_to(node.target)
            else:
                write_file(fresh, node)
            fresh.replace(place)
            sync_folder(place.parent)

    def make_directory(self, path: str, node: Node) -> None:
        """Make it, or give the one that is there this mode and owner."""
        with refused(path, "made"):
            place = self._at(path)
            place.mkdir(mode=0o700, exist_ok=True)
            os.chown(place, node.uid, node.gid)
            place.chmod(node.mode)
            sync_folder(place.parent)

    def remove(self, path: str) -> None:
        """Remove a file, a link or an empty directory, and what a crash left of writing it."""
        place = self._at(path)
        with refused(path, "removed"), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            place.with_name(place.name + FRESH).unlink(missing_ok=True)
            if place.is_dir() and not place.is_symlink():
                place.rmdir()
            else:
                place.unlink()
            sync_folder(place.parent)

    def remove_tree(self, path: str) -> None:
        """Remove it with all that is in it."""
        place = self._at(path)
        with refused(path, "removed"):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
                sync_folder(place.parent)
            else:
                self.remove(path)

    def names(self, path: str) -> tuple[str, ...]:
        """What is in this directory, sorted."""
        with refused(path, "read"):
            try:
                return tuple(sorted(one.name for one in self._at(path).iterdir()))
            except (FileNotFoundError, NotADirectoryError):
                return ()

    def poke(self, path: str, text: str) -> None:
        """Write into one of the kernel's files."""
        with (
            refused(path, "set"),
            os.fdopen(os.open(self._at(path), os.O_WRONLY | os.O_TRUNC), "w", encoding="ascii") as file,
        ):
            file.write(text)

    # ---- accounts ----

    def ids(self, owner: str, group: str) -> tuple[int, int]:
        """The numbers of an account and a group."""
        return self._accounts.uid(owner), self._accounts.gid(group)

    def has_group(self, name: str) -> bool:
        """Whether there is such a group."""
        return self._accounts.has_group(name)

    def add_group(self, name: str) -> None:
        """Make a system group."""
        self._tool("groupadd", "--system", name)

    def remove_group(self, name: str) -> None:
        """Remove it."""
        if self.has_group(name):
            self._tool("groupdel", name)

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        return self._accounts.account(name)

    def is_locked(self, name: str) -> bool:
        """Whether no password opens this account."""
        return self._accounts.is_locked(name)

    def set_account(self, account: Account) -> None:
        """Make it, or change the one that is there, and take every password from it."""
        words = ("--groups", ",".join(account.groups), "--comment", account.comment, "--shell", account.shell)
        there = self.account(account.name)
        if there is None:
            home = ("--system", "--no-create-home", "--home-dir", account.home)
            self._tool("useradd", *home, "--gid", account.group, *words, account.name)
        else:
            group = () if there.group == account.group else ("--gid", account.group)
            self._tool("usermod", "--home", account.home, *group, *words, account.name)
        if not self.is_locked(account.name):
            self._tool("usermod", "--password", "!", account.name)

    def remove_account(self, name: str) -> None:
        """Remove it, not its files."""
        if self.account(name) is not None:
            self._tool("userdel", "--force", name)

    def _tool(self, program: str, *words: str) -> None:
        elsewhere = () if self._root == Path("/") else ("--prefix", str(self._root))
        done = self.run((program, *elsewhere, *words))
        if done.code != 0:
            raise SystemRefused(
                say(
                    "{program} {name} ended with {code}: {said}",
                    program=program,
                    name=words[-1],
                    code=done.code,
                    said=done.out.strip(),
                )
            )

    # ---- programs ----

    def run(self, command: Sequence[str], *, given: str = "") -> Done:
        """Run a program to its end, five minutes at most."""
        try:
            ended = subprocess.run(
                list(command),
                input=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LONGEST_S,
                check=False,
                env={**os.environ, "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
        except FileNotFoundError:
            return Done(NO_PROGRAM, f"{command[0]} is not installed")
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SystemRefused(
                say("{command} could not be run to its end ({kind})", command=command[0], kind=type(error).__name__)
            ) from error
        return Done(ended.returncode, ended.stdout)

    def _is_booted(self) -> bool:
        return self._root == Path("/") and Path(BOOTED).is_dir()

    def is_active(self, unit: str) -> bool:
        """Whether systemd runs this unit."""
        if not self._is_booted():
            return False
        return self.run(("systemctl", "is-active", "--quiet", unit)).code == 0

    def start(self, unit: str) -> None:
        """Let systemd start it and wait until it is up."""
        if not self._is_booted():
            return
        done = self.run(("systemctl", "start", unit))
        if done.code != 0:
            raise SystemRefused(say("{unit} did not start: look with `journalctl -u {unit} -n 30`", unit=unit))

    def stop(self, unit: str) -> None:
        """Let systemd stop it."""
        if self._is_booted() and self.is_active(unit):
            done = self.run(("systemctl", "stop", unit))
            if done.code != 0:
                raise SystemRefused(say("{unit} did not stop ({said})", unit=unit, said=done.out.strip()))


@contextlib.contextmanager
def refused(path: str, done: str) -> Iterator[None]:
    """Turn the system's errors into SystemRefused."""
    try:
        yield
    except OSError as error:
        raise SystemRefused(
            say("{path} cannot be {done}: {error}", path=path, done=say(done), error=error.strerror or error)
        ) from error


def write_file(fresh: Path, node: Node) -> None:
    """A new file with its owner and mode before its content, on the disk when it returns."""
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchown(descriptor, node.uid, node.gid)
        os.fchmod(descriptor, node.mode)
        file.write(node.content)
        file.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
