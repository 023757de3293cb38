"""What `bilik-agent doctor` says once a PC has been made a booth: only said, for no install hangs on it."""

import subprocess

DOCTOR = ("/usr/bin/bilik-agent", "doctor", "--lang", "en")
DOCTOR_S = 90.0
ANSWER_S = 60.0
NO_ANSWER = "bilik-agent doctor gave no answer; ask it again when the booth is up: sudo bilik-agent doctor"


def doctor_words(command: tuple[str, ...] = DOCTOR, *, asks: bool = False) -> str:
    """Its lines, or that there are none; with `asks`, whoever sits here is asked whether the booth's tone was heard."""
    somebody = None if asks else subprocess.DEVNULL
    try:
        asked = subprocess.run(
            command if asks else (*command, "--yes"),
            stdin=somebody,
            stdout=subprocess.PIPE,
            stderr=somebody,
            text=True,
            timeout=DOCTOR_S + (ANSWER_S if asks else 0.0),
            check=False,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return NO_ANSWER
    return asked.stdout.strip() or NO_ANSWER
