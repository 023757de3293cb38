"""What frees a booth when nothing else does: files that put the registry back with reg.exe alone, written before it is changed."""

from collections.abc import Iterable

import msgspec

from installer.windows.ports import Kind, Value
from installer.windows.values import Was

HEAD = "Windows Registry Editor Version 5.00\r\n"
SOFTWARE, SYSTEM = "BILIK_SOFTWARE", "BILIK_SYSTEM"
MACHINE = "HKLM"
SECRET = "DefaultPassword"  # noqa: S105 - a value's name
"""Never written into a file that is kept: the rescue removes it."""


class Past(msgspec.Struct, frozen=True):
    """One value as it was before the booth."""

    key: str
    name: str
    was: Was


def here_reg(pasts: Iterable[Past]) -> str:
    """For a Windows that runs: everything of the PC as it was. The kiosk account's own values stay, they bind nobody else."""
    return _reg((f"HKEY_LOCAL_MACHINE\\{_below(one.key)}", one) for one in pasts if _is_of_the_pc(one))


def disk_reg(pasts: Iterable[Past], *, control_set: int) -> str:
    """For a recovery console, where the disk's registry is loaded under other names; `control_set`: Select, Current."""
    found = ((_loaded(_below(one.key), control_set), one) for one in pasts if _is_of_the_pc(one))
    return _reg((f"HKEY_LOCAL_MACHINE\\{key}", one) for key, one in found)


def _is_of_the_pc(past: Past) -> bool:
    return past.key.startswith(f"{MACHINE}\\")


def _below(key: str) -> str:
    return key.removeprefix(f"{MACHINE}\\")


def _loaded(path: str, control_set: int) -> str:
    hive, _, rest = path.partition("\\")
    if hive.upper() == "SYSTEM":
        return f"{SYSTEM}\\{rest.replace('CurrentControlSet', f'ControlSet{control_set:03}', 1)}"
    return f"{SOFTWARE}\\{rest}"


def _reg(rows: Iterable[tuple[str, Past]]) -> str:
    lines = [HEAD]
    for key, past in rows:
        name = past.name.replace("\\", "\\\\").replace('"', '\\"')
        value = None if past.name == SECRET else past.was.value
        lines.append(f'[{key}]\r\n"{name}"={"-" if value is None else data(value)}\r\n')
    return "\r\n".join(lines)


def data(value: Value) -> str:
    """A value as reg.exe imports it: numbers and bytes in hexadecimal, so that no sign of a text can be misread."""
    match value.kind:
        case Kind.NUMBER:
            return f"dword:{value.number:08x}"
        case Kind.LONG:
            return _hexed(Kind.LONG, value.number.to_bytes(8, "little"))
        case Kind.TEXT | Kind.EXPANDED:
            return _hexed(value.kind, f"{value.text}\0".encode("utf-16-le"))
        case Kind.TEXTS:
            return _hexed(Kind.TEXTS, ("".join(f"{one}\0" for one in value.texts) + "\0").encode("utf-16-le"))
        case _:
            return _hexed(value.kind, value.raw)


def _hexed(kind: Kind, raw: bytes) -> str:
    return f"hex({kind:x}):{raw.hex(',')}"


RESCUE_CMD = r"""@echo off
rem Frees a locked booth when nothing else does. Membebaskan bilik yang terkunci bila cara lain gagal.
rem Uses reg.exe alone; needs no program of Bilik. Hanya memakai reg.exe.
setlocal
cd /d "%~dp0"
echo.
echo  Bilik: puts the registry of this PC back as it was before the booth. The booth will be open afterwards.
echo  Bilik: mengembalikan registry PC ini seperti sebelum dijadikan bilik. Sesudah itu bilik tidak terkunci.
echo.
if /i "%SystemDrive%"=="%~d0" goto here

echo  This is a recovery console; the disk of the PC is %~d0
echo  Ini konsol pemulihan; disk PC adalah %~d0
if not exist "%~d0\Windows\System32\config\SOFTWARE" goto nodisk
reg load HKLM\BILIK_SOFTWARE "%~d0\Windows\System32\config\SOFTWARE"
if errorlevel 1 goto failed
reg load HKLM\BILIK_SYSTEM "%~d0\Windows\System32\config\SYSTEM"
if errorlevel 1 goto unload
reg import disk.reg
if not errorlevel 1 set DONE=1
:unload
reg unload HKLM\BILIK_SYSTEM
reg unload HKLM\BILIK_SOFTWARE
if defined DONE goto done
goto failed

:here
reg import here.reg
if errorlevel 1 goto failed

:done
echo.
echo  DONE. Restart the PC and log in as administrator. Then either
echo    bilik-install.cmd uninstall     gives everything else back, or
echo    bilik-install.cmd               locks the booth again.
echo  SELESAI. Nyalakan ulang PC dan masuk sebagai administrator. Lalu
echo    bilik-install.cmd uninstall     mengembalikan semua yang lain, atau
echo    bilik-install.cmd               mengunci bilik lagi.
exit /b 0

:nodisk
echo  No Windows on %~d0. If BitLocker is on: manage-bde -unlock %~d0 -RecoveryPassword NUMBER, then run this again.
echo  Tidak ada Windows di %~d0. Bila BitLocker aktif: manage-bde -unlock %~d0 -RecoveryPassword NOMOR, lalu ulangi.
exit /b 1

:failed
echo  NOT DONE: see the lines above. Run this as administrator, or from Shift+Restart, Troubleshoot, Command Prompt.
echo  BELUM SELESAI: lihat baris di atas. Jalankan sebagai administrator, atau dari Shift+Restart, Troubleshoot, Command Prompt.
exit /b 1
"""
"""The file that a person starts; the disk it lies on is the PC's."""
