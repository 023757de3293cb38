"""Cuts the web engine down to what a booth shows: kept is what is named here and what that needs, all else goes."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from installer.packaging.links import Needed, is_elf, is_pe, needed, needed_on_windows, reached

BINDINGS = (
    *("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtPrintSupport"),
    *("QtWebChannel", "QtWebEngineCore", "QtWebEngineWidgets"),
)
"""The modules that pywebview, our window and QtWebEngineWidgets import."""

LANGUAGES = ("id", "en-US", "en-GB")
"""Of the engine's own words, as in the error page of a meeting that cannot be reached."""

DEAD_RESOURCES = ("*.debug.*", "*_devtools_resources.pak")
FOREIGN = ("webview/lib", "webview/__pyinstaller", "shiboken6/include")
"""For other renderers, other systems and compilers."""

OTHER_RENDERERS = ("android", "cef", "cocoa", "edgechromium", "gtk", "mshtml", "winforms", "win32")


class Layout(NamedTuple):
    """Where a wheel of PySide6 has its parts: `qt` below the package; `plugins` are patterns below `qt`/plugins."""

    qt: str
    binding: str
    process: str
    plugins: tuple[str, ...]
    is_code: Callable[[Path], bool]
    needed: Callable[[Iterable[Path]], Needed]
    any_case: bool


LINUX = Layout(
    qt="Qt",
    binding="{}.abi3.so",
    process="libexec/QtWebEngineProcess",
    plugins=(
        *("platforms/libqxcb.so", "xcbglintegrations/*.so", "platforminputcontexts/*.so"),
        *("imageformats/libqjpeg.so", "tls/*.so"),
    ),
    is_code=is_elf,
    needed=needed,
    any_case=False,
)
WINDOWS = Layout(
    qt=".",
    binding="{}.pyd",
    process="QtWebEngineProcess.exe",
    plugins=("platforms/qwindows.dll", "styles/*.dll", "imageformats/qjpeg.dll", "tls/*.dll"),
    is_code=is_pe,
    needed=needed_on_windows,
    any_case=True,
)
KEPT = ("plugins", "resources", "translations", "lib", "libexec", "__init__.py", "_config.py", "_git_pyside_version.py")
"""What PySide6 keeps beside its code."""

OPENED_BY_NAME = ("libEGL.dll", "libGLESv2.dll", "opengl32sw.dll", "d3dcompiler_47.dll")
"""Libraries of Windows that the engine opens when it runs, where the wheel has them."""


def trim(root: Path, layout: Layout = LINUX) -> tuple[int, int]:
    """Cut the tree at `root`; the size of its files before and after, in bytes."""
    before = size(root)
    for folder in FOREIGN:
        remove(root / folder)
    code = [file for file in root.rglob("*") if layout.is_code(file)]
    kept = reached(_roots(root, layout, code), layout.needed(code), any_case=layout.any_case)
    for file in code:
        if file not in kept:
            file.unlink()
    _drop_what_is_not_run(root, layout)
    _drop_dead_resources(root / "PySide6" / layout.qt)
    _drop_empty(root)
    return before, size(root)


def size(root: Path) -> int:
    """Of all files below, in bytes."""
    return sum(file.lstat().st_size for file in root.rglob("*") if not file.is_dir())


def _roots(root: Path, layout: Layout, code: list[Path]) -> list[Path]:
    package = root / "PySide6"
    qt = package / layout.qt
    found = [package / layout.binding.format(name) for name in BINDINGS] + [qt / layout.process]
    for pattern in layout.plugins:
        found += sorted((qt / "plugins").glob(pattern)) or [qt / "plugins" / pattern]
    missing = [str(file.relative_to(root)) for file in found if not file.exists()]
    if missing:
        raise FileNotFoundError(f"the engine's wheels do not hold {missing}: compare trim.py with what they hold now")
    opened = [qt / name for name in OPENED_BY_NAME if (qt / name).exists()]
    return [*found, *opened, *(file for file in code if package not in file.parents)]


def _drop_what_is_not_run(root: Path, layout: Layout) -> None:
    """Sources for compilers, QML, tools, type stubs, and what pywebview has for other renderers."""
    package = root / "PySide6"
    for entry in {*package.iterdir(), *(package / layout.qt).iterdir()}:
        if entry != package / layout.qt and entry.name not in KEPT and not layout.is_code(entry):
            remove(entry)
    for stub in [*root.rglob("*.pyi"), *root.rglob("*.lib")]:
        stub.unlink()
    for name in OTHER_RENDERERS:
        for file in (root / "webview" / "platforms").glob(f"{name}*"):
            remove(file)


def _drop_dead_resources(qt: Path) -> None:
    for pattern in DEAD_RESOURCES:
        for file in (qt / "resources").glob(pattern):
            file.unlink()
    for file in (qt / "translations").rglob("*"):
        if file.is_file() and (file.parent.name != "qtwebengine_locales" or file.stem not in LANGUAGES):
            file.unlink()


def _drop_empty(root: Path) -> None:
    for folder in sorted((one for one in root.rglob("*") if one.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def remove(path: Path) -> None:
    """Whatever it is; no error if nothing is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
