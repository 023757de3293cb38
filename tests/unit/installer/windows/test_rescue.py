"""The files that free a Windows booth hold what was there before, for a Windows that runs and for a recovery console."""

from installer.windows.ports import Kind, Value, number, text
from installer.windows.rescue import RESCUE_CMD, Past, data, disk_reg, here_reg
from installer.windows.values import Was

SOFTWARE = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
SYSTEM = r"HKLM\SYSTEM\CurrentControlSet\Services\USBSTOR"


def past(key: str, name: str, value: Value | None) -> Past:
    return Past(key, name, Was(value))


def test_values_are_put_back_and_new_ones_removed() -> None:
    told = here_reg([past(SYSTEM, "Start", number(3)), past(SOFTWARE, "ForceAutoLogon", None)])
    assert told.startswith("Windows Registry Editor Version 5.00\r\n")
    assert '[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\USBSTOR]\r\n"Start"=dword:00000003\r\n' in told
    assert '\\Winlogon]\r\n"ForceAutoLogon"=-\r\n' in told


def test_in_a_recovery_console_the_disks_own_hives_are_meant() -> None:
    told = disk_reg([past(SYSTEM, "Start", number(3)), past(SOFTWARE, "Shell", text("a"))], control_set=2)
    assert "[HKEY_LOCAL_MACHINE\\BILIK_SYSTEM\\ControlSet002\\Services\\USBSTOR]" in told
    assert "[HKEY_LOCAL_MACHINE\\BILIK_SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon]" in told
    assert "CurrentControlSet" not in told


def test_the_kiosk_accounts_own_values_stay_and_a_password_is_never_written_down() -> None:
    told = here_reg([past(r"KIOSK\Software", "Shell", text("a")), past(SOFTWARE, "DefaultPassword", text("secret"))])
    assert "KIOSK" not in told
    assert '"DefaultPassword"=-' in told
    assert data(text("secret")) not in told


def test_every_kind_of_value_is_written_as_reg_exe_reads_it() -> None:
    assert data(number(255)) == "dword:000000ff"
    assert data(text("a")) == "hex(1):61,00,00,00"
    assert data(Value(kind=Kind.EXPANDED, text="a")) == "hex(2):61,00,00,00"
    assert data(Value(kind=Kind.TEXTS, texts=("a", "b"))) == "hex(7):61,00,00,00,62,00,00,00,00,00"
    assert data(Value(kind=Kind.LONG, number=1)) == "hex(b):01,00,00,00,00,00,00,00"
    assert data(Value(kind=Kind.BINARY, raw=b"\1\2")) == "hex(3):01,02"
    assert data(Value(kind=Kind.NONE)) == "hex(0):"


def test_a_name_with_quotes_stays_a_name() -> None:
    assert '"a\\"b\\\\c"=dword:00000001' in here_reg([past(SYSTEM, 'a"b\\c', number(1))])


def test_the_script_uses_reg_exe_alone_and_every_jump_has_its_place() -> None:
    lines = [line.strip() for line in RESCUE_CMD.splitlines()]
    jumps = {line.rpartition("goto ")[2] for line in lines if "goto " in line}
    assert jumps == {line[1:] for line in lines if line.startswith(":")}
    commands = {line.split()[0] for line in lines if line and not line.startswith((":", "rem", "if", "@"))}
    assert commands <= {"reg", "echo", "echo.", "goto", "exit", "setlocal", "cd"}
    RESCUE_CMD.encode("ascii")
