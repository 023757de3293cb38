"""The safe place of the device token: keyring, with a backend of our own, whose file Windows seals with the PC's own key.

Never keyring's own choice: its chainer picks backends that ask for a password on standard input or open a window, and a booth
has nobody who could answer.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from agent.ports import CredentialsUnusable

SERVICE = "bilik"
NAME = "device_token"
LONGEST_BYTES = 4096

Change = Callable[[bytes], bytes]


class FileKeyring(KeyringBackend):
    """Keeps one secret a file in a directory of the agent's own account, mode 0600, written whole or not at all.

    `seal`, `unseal`: what is done to it on the way; they raise OSError.
    """

    priority = 0.1

    def __init__(self, directory: Path, *, seal: Change = bytes, unseal: Change = bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it without types
        self._directory = directory
        self._seal, self._unseal = seal, unseal

    def file(self, service: str, username: str) -> Path:
        """Where this secret is."""
        return self._directory / f"{service}.{username}"

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, or None; raises KeyringError if others could have read or changed it."""
        path = self.file(service, username)
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyringError(f"{path} cannot be opened ({error.strerror})") from error
        with os.fdopen(handle, "rb") as stream:
            require_private(os.fstat(handle), path)
            kept = stream.read(LONGEST_BYTES)
        try:
            return self._unseal(kept).decode("utf-8").strip()
        except OSError as error:
            raise KeyringError(f"{path} was not sealed on this PC, or was changed ({error.strerror})") from error

    def set_password(self, service: str, username: str, password: str) -> None:
        """Replace the secret; it is on the disk when this returns."""
        path = self.file(service, username)
        fresh = path.with_name(path.name + ".new")
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(self._seal(password.encode("utf-8")))
                stream.flush()
                os.fsync(handle)
            fresh.replace(path)
            sync_directory(self._directory)
        except OSError as error:
            raise KeyringError(f"{path} cannot be written ({error.strerror})") from error

    def delete_password(self, service: str, username: str) -> None:
        """Forget the secret."""
        try:
            self.file(service, username).unlink()
            sync_directory(self._directory)
        except FileNotFoundError as error:
            raise PasswordDeleteError("there is none") from error
        except OSError as error:
            raise KeyringError(f"{self.file(service, username)} cannot be removed ({error.strerror})") from error


def require_private(found: os.stat_result, path: Path) -> None:
    """Raise KeyringError unless it is a plain file that our account alone can use."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyringError(f"{path} is not a plain file")
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise KeyringError(f"{path} belongs to another account (uid {found.st_uid})")
    if found.st_mode & 0o077:
        raise KeyringError(
            f"{path} can be read by others (mode {stat.S_IMODE(found.st_mode):04o}); chmod 600 it if nobody has"
        )


def sync_directory(directory: Path) -> None:
    """Make a rename outlive a power cut."""
    if sys.platform == "win32":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class KeyringCredentials:
    """Reads systemd's sealed credential if there is one, else the keyring of `store`: auto, file or keyring (the system's own)."""

    def __init__(
        self,
        state_dir: Path,
        *,
        store: str = "auto",
        environ: Mapping[str, str] = os.environ,
        backend: KeyringBackend | None = None,
    ) -> None:
        directory = environ.get("CREDENTIALS_DIRECTORY")
        self._sealed = None if not directory else Path(directory) / NAME
        self._backend = backend or choose_backend(state_dir, store)

    def place(self) -> str:
        """Where it is kept, in words for status and doctor."""
        if self._is_sealed():
            return f"systemd credential ({self._sealed})"
        if isinstance(self._backend, FileKeyring):
            how = "sealed by Windows for this PC" if sys.platform == "win32" else "mode 0600, the agent's account"
            return f"file {self._backend.file(SERVICE, NAME)} ({how})"
        return f"keyring {type(self._backend).__module__}.{type(self._backend).__qualname__}"

    def read(self) -> str | None:
        """The token, or None; raises CredentialsUnusable."""
        if self._sealed is not None and self._is_sealed():
            try:
                return self._sealed.read_text(encoding="utf-8").strip() or None
            except (OSError, UnicodeDecodeError) as error:
                raise CredentialsUnusable(
                    f"{self._sealed}: cannot be read ({type(error).__name__}); check the service's unit"
                ) from error
        with translated("read"):
            return self._backend.get_password(SERVICE, NAME) or None

    def write(self, token: str) -> None:
        """Store and read back; raises CredentialsUnusable."""
        if self._is_sealed():
            raise CredentialsUnusable(
                f"{self._sealed}: the token is sealed by systemd, which alone can change it; remove the credential from the unit first"
            )
        with translated("written"):
            self._backend.set_password(SERVICE, NAME, token)
            kept = self._backend.get_password(SERVICE, NAME)
        if kept != token:
            raise CredentialsUnusable(
                f"the device token did not come back from {self.place()}; try [credentials] store = file"
            )

    def delete(self) -> None:
        """Forget it; no error if there is none."""
        with translated("removed"), contextlib.suppress(PasswordDeleteError):
            self._backend.delete_password(SERVICE, NAME)

    def _is_sealed(self) -> bool:
        return self._sealed is not None and self._sealed.exists()


def choose_backend(state_dir: Path, store: str) -> KeyringBackend:
    """The backend by its class, for `store`; raises CredentialsUnusable where the system has none."""
    if store in {"file", "auto"}:
        return file_keyring(state_dir)
    try:
        if sys.platform == "win32":
            from keyring.backends.Windows import WinVaultKeyring

            return WinVaultKeyring()
        from keyring.backends.SecretService import Keyring as SecretServiceKeyring

        _ = SecretServiceKeyring.priority
        return SecretServiceKeyring()  # type: ignore[no-untyped-call]  # keyring leaves it without types
    except Exception as error:
        raise CredentialsUnusable(
            f"this system has no usable keyring ({type(error).__name__}: {error}); set [credentials] store = file in agent.toml"
        ) from error


def file_keyring(state_dir: Path) -> FileKeyring:
    """On Windows sealed: who enrols a PC is not who serves, and a vault of Windows belongs to one account (decision 17)."""
    if sys.platform == "win32":
        from agent.adapters.credentials.seal_windows import seal, unseal

        return FileKeyring(state_dir, seal=seal, unseal=unseal)
    else:  # noqa: RET505 - mypy takes each system's branch alone
        return FileKeyring(state_dir)


@contextlib.contextmanager
def translated(done: str) -> Iterator[None]:
    """Turn a backend's errors into CredentialsUnusable."""
    try:
        yield
    except PasswordDeleteError:
        raise
    except (KeyringError, OSError, UnicodeDecodeError) as error:
        raise CredentialsUnusable(
            f"the device token cannot be {done}: {error}; mend it, or enrol again as the agent's account"
        ) from error
