"""A sound server of the test's own, whose headset can be unplugged and plugged in while the web engine uses it."""

import os
import subprocess
from pathlib import Path

from tests.stage.processes import Running
from tests.stage.waiting import wait_for

MICROPHONE, EARS, VOICE = "headset_microphone", "headset_ears", "voice"


class Headset:
    """PulseAudio without any real device: a tone that a remapped source brings as the microphone, and a sink for the ears."""

    def __init__(self, home: Path, logs: Path) -> None:
        folder = home / "sound"
        folder.mkdir(mode=0o700)
        self.env = {
            "PULSE_SERVER": f"unix:{folder}/native",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_LATENCY_MSEC": "20",
        }
        self._modules: list[str] = []
        loads = (f"module-native-protocol-unix socket={folder}/native", f"module-null-sink sink_name={VOICE}")
        command = [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--disable-shm=yes",
        ]
        self.process = Running(
            "pulseaudio",
            [
                *command,
                *(word for load in (*loads, f"module-sine sink={VOICE} frequency=440") for word in ("-L", load)),
            ],
            logs=logs,
            env={**self.env, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
        )
        wait_for(lambda: self._ask("info"), within_s=10, what="the sound server")

    def _ask(self, *words: str) -> str:
        done = subprocess.run(
            ["pactl", *words], env={**os.environ, **self.env}, capture_output=True, text=True, timeout=10, check=False
        )
        return done.stdout.strip()

    def plug_in(self) -> None:
        """Microphone and ears are there."""
        for load in (
            ["module-null-sink", f"sink_name={EARS}"],
            ["module-remap-source", f"source_name={MICROPHONE}", f"master={VOICE}.monitor"],
        ):
            self._modules.append(self._ask("load-module", *load))
        self._ask("set-default-sink", EARS)
        self._ask("set-default-source", MICROPHONE)

    def leak(self) -> None:
        """The microphone hears what is played into the ears, as with a loudspeaker; until it is unplugged."""
        self._modules.append(self._ask("load-module", "module-loopback", f"source={EARS}.monitor", f"sink={VOICE}"))

    def unplug(self) -> None:
        """Both go at once."""
        for module in self._modules:
            self._ask("unload-module", module)
        self._modules.clear()

    def switch(self, *, off: bool) -> None:
        """The switch on the microphone's own cable."""
        self._ask("set-source-mute", MICROPHONE, "1" if off else "0")

    def plays(self) -> bool:
        """Whether somebody plays into the ears at the moment."""
        sinks = dict(line.split("\t")[1::-1] for line in self._ask("list", "short", "sinks").splitlines())
        playing = {line.split("\t")[1] for line in self._ask("list", "short", "sink-inputs").splitlines()}
        return sinks.get(EARS) in playing
