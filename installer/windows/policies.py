"""What the registry of a booth says: tables, and the scancode map; nothing here touches the PC."""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from installer.windows.ports import KIOSK, Value, binary, number, text

POLICIES = r"Software\Microsoft\Windows\CurrentVersion\Policies"
WINLOGON = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
POWER_SETTINGS = r"HKLM\SOFTWARE\Policies\Microsoft\Power\PowerSettings"
FILTER_SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\MsKeyboardFilter"

LOGIN = "the kiosk account logs in by itself, and at the console alone"
SHELL = "bilik-shell in place of the desktop"
MENUS = "no Task Manager, lock, sign-out, menus, command line or registry editor"
KEYS = "no key that Windows acts on itself"
POWER = "no sleep, no lid, no power button, the screen never blank"
USB = "no USB disks"
QUIET = "no messages, no restart for updates while somebody is logged in"


class Setting(NamedTuple):
    """One value of the registry, and what it is for."""

    key: str
    name: str
    value: Value
    why: str


WINDOWS_KEYS = (0xE05B, 0xE05C, 0xE05D)
"""Both Windows keys and the menu key, by the codes that keyboards send."""

NO_ACTION = {
    "3C0BC021-C8A8-4E07-A973-6B14CBCB2B7E": "the screen goes dark",
    "29F6C1DB-86DA-48C5-9FDB-F2B67B1F44DA": "the PC sleeps",
    "5CA83367-6E45-459F-A27B-476B1D01C936": "the lid is closed",
    "7648EFA3-DD9C-4E3E-B566-50F929386280": "the power button is pressed",
}
"""Power settings whose 0 means never, or nothing."""

KIOSK_POLICIES = (
    (f"{POLICIES}\\System", "DisableTaskMgr", 1),
    (f"{POLICIES}\\System", "DisableLockWorkstation", 1),
    (f"{POLICIES}\\System", "DisableChangePassword", 1),
    (f"{POLICIES}\\System", "DisableRegistryTools", 1),
    (r"Software\Policies\Microsoft\Windows\System", "DisableCMD", 2),
    (f"{POLICIES}\\Explorer", "NoLogoff", 1),
    (f"{POLICIES}\\Explorer", "StartMenuLogOff", 1),
    (f"{POLICIES}\\Explorer", "NoClose", 1),
    (f"{POLICIES}\\Explorer", "NoRun", 1),
    (f"{POLICIES}\\Explorer", "NoWinKeys", 1),
    (f"{POLICIES}\\Explorer", "NoControlPanel", 1),
    (f"{POLICIES}\\Explorer", "NoViewContextMenu", 1),
    (f"{POLICIES}\\Explorer", "NoDriveTypeAutoRun", 255),
)
ACCESSIBILITY = (("StickyKeys", "506"), ("ToggleKeys", "58"), ("Keyboard Response", "122"))
"""What five presses of Shift and the like would turn on: the chord that asks is off."""


def common_settings(kiosk_account: str) -> Iterator[Setting]:
    """What every edition gets."""
    yield from _login(kiosk_account)
    for path, name, value in KIOSK_POLICIES:
        yield Setting(f"{KIOSK}\\{path}", name, number(value), MENUS)
    yield Setting(f"HKLM\\{POLICIES}\\System", "HideFastUserSwitching", number(1), MENUS)
    for feature, flags in ACCESSIBILITY:
        yield Setting(f"{KIOSK}\\Control Panel\\Accessibility\\{feature}", "Flags", text(flags), KEYS)
    yield Setting(r"HKLM\SOFTWARE\Policies\Microsoft\Windows\EdgeUI", "AllowEdgeSwipe", number(0), KEYS)
    for guid in NO_ACTION:
        for source in ("ACSettingIndex", "DCSettingIndex"):
            yield Setting(f"{POWER_SETTINGS}\\{guid}", source, number(0), POWER)
    yield Setting(r"HKLM\SYSTEM\CurrentControlSet\Services\USBSTOR", "Start", number(4), USB)
    yield Setting(r"HKLM\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices", "Deny_All", number(1), USB)
    explorer = f"{KIOSK}\\Software\\Policies\\Microsoft\\Windows\\Explorer"
    yield Setting(explorer, "DisableNotificationCenter", number(1), QUIET)
    updates = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU"
    yield Setting(updates, "NoAutoRebootWithLoggedOnUsers", number(1), QUIET)


def _login(account: str) -> Iterator[Setting]:
    """The account has no password; Windows must be told an empty one, or it turns the automatic login off."""
    yield Setting(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa", "LimitBlankPasswordUse", number(1), LOGIN)
    yield Setting(f"HKLM\\{POLICIES}\\System", "dontdisplaylastusername", number(1), LOGIN)
    yield Setting(f"HKLM\\{POLICIES}\\System", "shutdownwithoutlogon", number(0), LOGIN)
    yield Setting(WINLOGON, "DefaultUserName", text(account), LOGIN)
    yield Setting(WINLOGON, "DefaultDomainName", text("."), LOGIN)
    yield Setting(WINLOGON, "DefaultPassword", text(""), LOGIN)
    yield Setting(WINLOGON, "ForceAutoLogon", text("1"), LOGIN)
    yield Setting(WINLOGON, "AutoRestartShell", number(1), LOGIN)
    yield Setting(WINLOGON, "AutoAdminLogon", text("1"), LOGIN)


def policy_settings(shell: str) -> Iterator[Setting]:
    """What stands in for Shell Launcher and Keyboard Filter where there is neither; `shell`: a command."""
    layout = r"HKLM\SYSTEM\CurrentControlSet\Control\Keyboard Layout"
    yield Setting(layout, "Scancode Map", binary(scancode_map(WINDOWS_KEYS)), KEYS)
    yield Setting(f"{KIOSK}\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "Shell", text(shell), SHELL)
    yield Setting(f"{KIOSK}\\{POLICIES}\\System", "Shell", text(shell), SHELL)


def embedded_settings() -> Iterator[Setting]:
    """What the registry says beside Shell Launcher and Keyboard Filter; the rescue puts it back, and so frees the keys."""
    yield Setting(FILTER_SERVICE, "Start", number(2), KEYS)


def scancode_map(dead: Sequence[int]) -> bytes:
    """The bytes that make these keys dead below everything else; read by Windows when it starts."""
    entries = b"".join(struct.pack("<HH", 0, code) for code in dead)
    return struct.pack("<III", 0, 0, len(dead) + 1) + entries + struct.pack("<I", 0)


FILTERED_KEYS = (
    *("Ctrl+Alt+Del", "Shift+Ctrl+Esc", "Ctrl+Esc", "Win+L", "Windows", "Alt+Win", "Ctrl+Win", "Shift+Win"),
    *("Alt+F4", "Alt+Tab", "Alt+Esc", "Alt+Space", "Ctrl+F4", "Ctrl+Tab", "Ctrl+Win+F", "Win+R", "Win+E", "Win+U"),
    *("LShift+LAlt+NumLock", "LShift+LAlt+PrintScrn", "Application", "LaunchApp1", "LaunchApp2", "LaunchMail"),
    *("LaunchMediaSelect", "BrowserBack", "BrowserForward", "BrowserRefresh", "BrowserStop", "BrowserSearch"),
    *("BrowserFavorites", "BrowserHome"),
)
"""The names that Keyboard Filter has for them (WEKF_PredefinedKey.Id)."""

FILTER_SETTINGS = {
    "ForceOffAccessibility": "true",
    "DisableKeyboardFilterForAdministrators": "true",
    "BreakoutKeyScanCode": "0",
}
"""Administrators type freely, so that a technician works as on any PC; no key pressed five times leaves the session."""

FEATURES = ("Client-DeviceLockdown", "Client-EmbeddedShellLauncher", "Client-KeyboardFilter")
"""The optional features of Windows that bring Shell Launcher and Keyboard Filter."""
