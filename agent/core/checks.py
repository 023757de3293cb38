"""What is good and what is bad of all that was found at a booth: pure, the same for a command of staff and for a doctor at the PC."""

from collections.abc import Collection

from agent.core.device_checks import judge_devices
from agent.core.state import Booth
from protocol.diagnosis import Found
from protocol.maintenance import Diagnosis

SLOW_MS = 1_500
CLOCK_FRESH_S = 120
DISK_LEAST_BYTES = 500_000_000
MEMORY_MOST_BYTES = 150_000_000
MOST_WAITING = 100
LEAST_KBIT_S = 700
"""A picture of 640x480 and a voice, each way; a call also does with less, worse."""
MEGABYTE = 1_000_000
TRIED = frozenset({"unreachable", "unreadable", "untrusted", "refused", "not_enrolled", "untried"})


def judge(found: Diagnosis, booth: Booth) -> tuple[Found, ...]:
    """One line for each thing that was looked at, in the order of protocol.diagnosis.AREAS."""
    faults = booth.faults
    return (
        _line("agent.runs"),
        _central(found),
        _clock(found.clock_age_s),
        _relay(found),
        _bandwidth(found),
        _line("outbox.waiting" if found.outbox_waiting >= MOST_WAITING else "outbox.sent", rows=found.outbox_waiting),
        _line(
            "journal.failing" if "JRN-1" in faults else "journal.damaged" if "JRN-2" in faults else "journal.written"
        ),
        _amount("disk", found.disk_free_bytes, good="room", bad="low", is_bad=found.disk_free_bytes < DISK_LEAST_BYTES),
        _amount("memory", found.memory_bytes, good="fine", bad="large", is_bad=found.memory_bytes > MEMORY_MOST_BYTES),
        _window(found, booth),
        _keys(found),
        _lockdown(found, faults),
        *_devices(found, booth),
        _token(found, booth),
        _versions(found),
        _text("engine", found.engine),
        _text("system", found.operating_system),
        _uptime(found.uptime_s),
    )


BESIDE_FAULTS = frozenset(
    {
        *("central.slow", "central.refused", "central.not_enrolled", "clock.old", "clock.never", "relay.silent"),
        *("bandwidth.low", "outbox.waiting", "disk.low", "memory.large", "versions.differ"),
    }
)
"""What is bad without being a fault of the booth: a technician reads there what to do, as of the faults."""


def beside_faults(found: Diagnosis, booth: Booth) -> tuple[Found, ...]:
    """The bad lines that no fault stands for."""
    return tuple(one for one in judge(found, booth) if one.finding in BESIDE_FAULTS)


def _line(finding: str, **gaps: int | str) -> Found:
    return Found(finding=finding, gaps=gaps)


def _central(found: Diagnosis) -> Found:
    if found.central != "reached":
        return _line(f"central.{found.central if found.central in TRIED else 'unreachable'}")
    took_ms = found.central_ms or 0
    return _line("central.slow" if took_ms > SLOW_MS else "central.reached", ms=took_ms)


def _clock(age_s: int | None) -> Found:
    if age_s is None:
        return _line("clock.never")
    return _line("clock.fresh" if age_s < CLOCK_FRESH_S else "clock.old", age_s=age_s)


def _relay(found: Diagnosis) -> Found:
    if not found.relays:
        return _line("relay.none" if found.relays_known else "relay.untried")
    of, answered = len(found.relays), sum(tried.answered for tried in found.relays)
    return _line("relay.answers", of=of) if answered == of else _line("relay.silent", answered=answered, of=of)


def _bandwidth(found: Diagnosis) -> Found:
    up, down = found.up_kbit_s, found.down_kbit_s
    if up is None or down is None:
        return _line("bandwidth.unknown")
    if min(up, down) < LEAST_KBIT_S:
        return _line("bandwidth.low", down=down, up=up, least=LEAST_KBIT_S)
    return _line("bandwidth.enough", down=down, up=up)


def _lockdown(found: Diagnosis, faults: Collection[str]) -> Found:
    if found.lock_changed is not None or "KUN-2" in faults:
        return _line("lockdown.changed", what=found.lock_changed or "KUN-2")
    return _line("lockdown.held" if found.lock_watched else "lockdown.unknown")


def _amount(area: str, amount: int, *, good: str, bad: str, is_bad: bool) -> Found:
    return _line(f"{area}.{bad if is_bad else good}", mb=amount // MEGABYTE)


def _window(found: Diagnosis, booth: Booth) -> Found:
    if not booth.shell_up:
        return _line("window.no_shell")
    return (
        _line("window.up", size=found.screen, starts=found.window_starts) if booth.window_up else _line("window.away")
    )


def _keys(found: Diagnosis) -> Found:
    if found.keys_held is None:
        return _line("keys.unguarded")
    missing = len(found.keys_missing)
    return _line("keys.missing", missing=missing) if missing else _line("keys.held", held=found.keys_held)


def _devices(found: Diagnosis, booth: Booth) -> tuple[Found, ...]:
    """What was measured; where nothing was, what the page says that there is."""
    if found.devices is not None:
        return judge_devices(found.devices)
    return (
        _device("camera", is_missing="KAM-1" in booth.faults, is_known=booth.page_up),
        _device("microphone", is_missing="MIK-1" in booth.faults, is_known=booth.page_up),
        _line("speaker.untried"),
    )


def _device(area: str, *, is_missing: bool, is_known: bool) -> Found:
    return _line(f"{area}.{'missing' if is_missing else 'found' if is_known else 'unknown'}")


def _token(found: Diagnosis, booth: Booth) -> Found:
    if "TKN-1" in booth.faults or booth.token_refused or not booth.enrolled:
        return _line("token.refused")
    return _line("token.kept", place=found.credentials)


def _versions(found: Diagnosis) -> Found:
    if found.shell_version in ("", found.agent_version):
        return _line("versions.same", agent=found.agent_version)
    return _line("versions.differ", agent=found.agent_version, shell=found.shell_version)


def _text(area: str, words: str) -> Found:
    return _line(f"{area}.is", **{area: words}) if words else _line(f"{area}.unknown")


def _uptime(seconds: int) -> Found:
    return _line("uptime.is", days=seconds // 86_400, hours=seconds // 3600 % 24, minutes=seconds // 60 % 60)
