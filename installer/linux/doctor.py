"""What `bilik-agent doctor` says once a PC has been made a booth: only said, for no install hangs on it."""

import subprocess

DOCTOR = ("/usr/bin/bilik-agent", "doctor", "--lang", "en")
DOCTOR_S = 90.0
NO_ANSWER = "bilik-agent doctor gave no answer; ask it again when the booth is up: sudo bilik-agent doctor"


def doctor_words(command: tuple[str, ...] = DOCTOR) -> str:
    """Its lines, or that there are none."""
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=DOCTOR_S, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return NO_ANSWER
    return asked.stdout.strip() or NO_ANSWER
