"""What is left of the web engine: what is named, what that needs, and nothing else; on a made-up wheel."""

from pathlib import Path

import pytest

from installer.packaging import trim
from installer.packaging.links import Needed, from_outside, reached

CODE = b"\x7fELF"
NEEDS = {
    "QtWebEngineCore.abi3.so": {"libQt6WebEngineCore.so.6", "libc.so.6"},
    "libQt6WebEngineCore.so.6": {"libQt6Quick.so.6"},
    "libQt6Quick.so.6": {"libQt6Quick.so.6"},
    "Shiboken.abi3.so": {"libshiboken6.so"},
}


def made_up(root: Path) -> None:
    """A wheel of Linux with what is kept and some of what is not."""
    package = root / "PySide6"
    code = [f"PySide6/{name}.abi3.so" for name in (*trim.BINDINGS, "QtDesigner")]
    code += [f"PySide6/Qt/lib/libQt6{name}.so.6" for name in ("WebEngineCore", "Quick", "Designer")]
    code += ["PySide6/Qt/libexec/QtWebEngineProcess", "PySide6/Qt/libexec/rcc", "PySide6/designer"]
    code += [f"PySide6/Qt/plugins/{pattern.replace('*', 'one')}" for pattern in trim.LINUX.plugins]
    code += ["PySide6/Qt/plugins/designer/x.so", "shiboken6/Shiboken.abi3.so", "shiboken6/libshiboken6.so"]
    plain = ["PySide6/__init__.py", "PySide6/QtCore.pyi", "PySide6/Qt/qml/a.qml", "webview/lib/x.dll", "qtpy/QtGui.py"]
    plain += [f"PySide6/Qt/translations/qtwebengine_locales/{one}.pak" for one in ("id", "en-US", "de")]
    plain += ["PySide6/Qt/translations/qt_id.qm", "PySide6/Qt/resources/icudtl.dat", "webview/platforms/gtk.py"]
    plain += ["PySide6/Qt/resources/qtwebengine_devtools_resources.pak", "webview/platforms/qt.py"]
    for name in (*code, *plain):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(CODE if name in code else b"x")
    assert package.is_dir()


def told(files: list[Path]) -> Needed:
    return {file: frozenset(NEEDS.get(file.name, ())) for file in files}


LAYOUT = trim.LINUX._replace(needed=lambda files: told(list(files)))


def test_what_is_named_and_what_it_needs_stays_and_all_else_goes(tmp_path: Path) -> None:
    made_up(tmp_path)
    before, after = trim.trim(tmp_path, LAYOUT)
    left = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    plugins = {f"PySide6/Qt/plugins/{pattern.replace('*', 'one')}" for pattern in trim.LINUX.plugins}
    assert left == {
        *(f"PySide6/{name}.abi3.so" for name in trim.BINDINGS),
        *plugins,
        "PySide6/Qt/lib/libQt6WebEngineCore.so.6",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/libexec/QtWebEngineProcess",
        "PySide6/Qt/resources/icudtl.dat",
        "PySide6/Qt/translations/qtwebengine_locales/id.pak",
        "PySide6/Qt/translations/qtwebengine_locales/en-US.pak",
        "PySide6/__init__.py",
        "shiboken6/Shiboken.abi3.so",
        "shiboken6/libshiboken6.so",
        "qtpy/QtGui.py",
        "webview/platforms/qt.py",
    }
    assert not [folder for folder in tmp_path.rglob("*") if folder.is_dir() and not any(folder.iterdir())]
    assert after < before


def test_a_wheel_that_lacks_what_is_named_stops_the_build(tmp_path: Path) -> None:
    made_up(tmp_path)
    (tmp_path / "PySide6" / "QtNetwork.abi3.so").unlink()
    with pytest.raises(FileNotFoundError, match="QtNetwork"):
        trim.trim(tmp_path, LAYOUT)


def test_on_windows_names_are_compared_without_their_case() -> None:
    program, library = Path("A.exe"), Path("Qt6Core.dll")
    names = {program: frozenset({"qt6core.dll"}), library: frozenset({"kernel32.dll"})}
    assert reached([program], names, any_case=True) == {program, library}
    assert reached([program], names) == {program}
    assert from_outside(names) == {"qt6core.dll", "kernel32.dll"}
