"""Files, folders and programs of the real Windows PC."""

import sys

if sys.platform == "win32":
    import os
    import shutil
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from installer.ports import Done, Node, NodeKind, SystemRefused
    from installer.windows.access import is_only_for, only_for
    from installer.windows.accounts import sid_of
    from installer.windows.rights import access_of, give_access

    FRESH = ".bilik-new"
    LONGEST_S = 600.0
    NO_PROGRAM = 127

    class Files:
        """A file is written whole or not at all; a program is run to its end."""

        def read(self, path: str) -> Node | None:
            """What is at this path."""
            place = Path(path)
            try:
                if place.is_dir():
                    return Node(kind=NodeKind.DIRECTORY)
                return Node(kind=NodeKind.FILE, content=place.read_bytes())
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SystemRefused(f"{path} cannot be read ({error.strerror})") from error

        def write(self, path: str, node: Node) -> None:
            """Put a file there, whole or not at all, on the disk when it returns."""
            fresh = Path(path + FRESH)
            try:
                with fresh.open("wb") as file:
                    file.write(node.content)
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(path)
            except OSError as error:
                raise SystemRefused(f"{path} cannot be written ({error.strerror})") from error

        def make_directory(self, path: str, node: Node) -> None:
            """Make it; who may open it is what the folder above says."""
            try:
                Path(path).mkdir(exist_ok=True)
            except OSError as error:
                raise SystemRefused(f"{path} cannot be made ({error.strerror})") from error

        def remove_tree(self, path: str) -> None:
            """Remove it with all that is in it; of a link the link alone."""
            place = Path(path)
            try:
                Path(path + FRESH).unlink(missing_ok=True)
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)
                else:
                    place.unlink(missing_ok=True)
            except OSError as error:
                raise SystemRefused(f"{path} cannot be removed ({error.strerror})") from error

        def own_folder(self, path: str, *, account: str | None) -> None:
            """Make the folder, or take the one that is there with all that is in it."""
            self.make_directory(path, Node(kind=NodeKind.DIRECTORY))
            self.set_access(path, only_for(self._number(account)))
            if any(Path(path).iterdir()):
                self.run(("icacls.exe", f"{path}\\*", "/setowner", "*S-1-5-32-544", "/T", "/C", "/L", "/Q"))
                self._tool("icacls.exe", f"{path}\\*", "/reset", "/T", "/C", "/L", "/Q")

        def access(self, path: str) -> str | None:
            """Who may do what in this folder (SDDL)."""
            if not Path(path).is_dir():
                return None
            return access_of(path)

        def set_access(self, path: str, access: str) -> None:
            """Give the folder this access."""
            give_access(path, access)

        def is_own_folder(self, path: str, *, account: str | None) -> bool:
            """Whether it is there for the system, administrators and this account alone."""
            if account is not None and sid_of(account) is None:
                return False
            found = self.access(path)
            return found is not None and is_only_for(found, self._number(account))

        def _number(self, account: str | None) -> str | None:
            found = None if account is None else sid_of(account)
            if account is not None and found is None:
                raise SystemRefused(f"there is no account {account}: run the same command again")
            return found

        def run(self, command: Sequence[str], *, given: str = "") -> Done:
            """Run a program to its end, ten minutes at most, without a window."""
            try:
                ended = subprocess.run(
                    list(command),
                    input=given,
                    capture_output=True,
                    encoding="utf-8",
                    errors="replace",
                    timeout=LONGEST_S,
                    creationflags=subprocess.CREATE_NO_WINDOW,
                    check=False,
                )
            except FileNotFoundError:
                return Done(NO_PROGRAM)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise SystemRefused(f"{command[0]} did not end well: {error}") from error
            return Done(ended.returncode, ended.stdout if ended.returncode == 0 else ended.stdout + ended.stderr)

        def _tool(self, program: str, *words: str) -> str:
            done = self.run((program, *words))
            if done.code != 0:
                raise SystemRefused(f"{program} {' '.join(words[:2])} ended with {done.code}: {done.out.strip()}")
            return done.out
