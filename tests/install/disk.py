"""The box's disk before it is a booth: a bare Debian from the mirror that this machine uses, and Bilik's programs on it."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from installer.packaging.recipe import AGENT_PACKAGE, ENGINE_PACKAGE, LIBRARIES
from installer.rescue import rescue as free
from tests.install.box import Box

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "requirements" / "install-box.txt"
SUITE = "bookworm"
MODULES = ("agent", "kiosk_ui", "protocol", "installer")
PROGRAMS = {
    "bilik-agent": "agent",
    "bilik-shell": "kiosk_ui.shell",
    "bilik-window": "kiosk_ui.window",
    "bilik-install": "installer",
}
RUNTIME = "/usr/lib/bilik/agent/runtime"
SCREEN = """\
Section "Device"
    Identifier "no card"
    Driver "dummy"
    VideoRam 16384
EndSection
Section "Monitor"
    Identifier "no monitor"
    HorizSync 5-1000
    VertRefresh 5-200
    Modeline "1366x768" 85.25 1366 1440 1576 1784 768 771 781 798
EndSection
Section "Screen"
    Identifier "no screen"
    Device "no card"
    Monitor "no monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "1366x768"
    EndSubSection
EndSection
Section "ServerFlags"
    Option "AutoAddDevices" "false"
EndSection
"""
NO_TERMINAL = """\
[Service]
TTYPath=
StandardInput=null
TTYReset=no
TTYVHangup=no
TTYVTDisallocate=no
UtmpIdentifier=
Environment=
Environment=XDG_SESSION_TYPE=x11 XDG_SESSION_CLASS=user
Environment=QTWEBENGINE_CHROMIUM_FLAGS=--use-fake-device-for-media-stream=fps=30
ExecStart=
ExecStart=/bin/bash /usr/lib/bilik/agent/installer/session/start /usr/lib/xorg/Xorg :0 -novtswitch -sharevts
"""


def bare_debian(cache: Path) -> Path:
    """The tree of a Debian with the packages that bilik-agent needs and what the trial looks with; made once a list."""
    names = wanted()
    stamp = hashlib.sha256(" ".join([SUITE, *names]).encode()).hexdigest()[:12]
    tree = cache / f"debian-{stamp}"
    if not (tree / "etc" / "bilik-trial").is_file():
        shutil.rmtree(tree, ignore_errors=True)
        _debootstrap(tree, names)
        (tree / "etc" / "bilik-trial").write_text(stamp + "\n")
    return tree


PLAIN = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "udev", "kmod", "procps", "iproute2", "passwd", "sudo"),
    *("ca-certificates", "keyboard-configuration", "console-setup", "less", "nano"),
)
"""What Debian's installer leaves on every PC and a container needs, and no more."""
TECHNICIAN = "teknisi"


def plain_debian(cache: Path, password: str) -> Path:
    """The tree of a Debian as its installer leaves it, with a technician's account that may use sudo; made once."""
    tree = cache / "plain-debian"
    if not (tree / "etc" / "bilik-trial").is_file():
        shutil.rmtree(tree, ignore_errors=True)
        _debootstrap(tree, PLAIN)
        within = ("chroot", str(tree))
        subprocess.run(
            [*within, "useradd", "--create-home", "--shell=/bin/bash", "--groups=sudo", TECHNICIAN], check=True
        )
        subprocess.run([*within, "chpasswd"], input=f"{TECHNICIAN}:{password}\n", text=True, check=True)
        (tree / "etc" / "bilik-trial").write_text("plain\n")
    return tree


def lend_a_screen(box: Box) -> None:
    """What a container lacks, from the mirror: a screen that is only memory, and hands and eyes for the trial."""
    names = ("xserver-xorg-video-dummy", "xdotool", "imagemagick")
    box.run("apt-get", "install", "-y", "--no-install-recommends", *names, within_s=300)
    put_screen(box)


def _debootstrap(tree: Path, names: Sequence[str]) -> None:
    tree.parent.mkdir(parents=True, exist_ok=True)
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(names)}", SUITE, str(tree), mirror()]
    with (tree.parent / "debootstrap.log").open("wb") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log)


def wanted() -> list[str]:
    """The packages of requirements/install-box.txt, and what Bilik's own packages need: the box has no way to a mirror."""
    lines = (line.partition("#")[0] for line in PACKAGES.read_text(encoding="utf-8").splitlines())
    needed = [*ENGINE_PACKAGE.needs, *AGENT_PACKAGE.needs, *LIBRARIES.values()]
    names = {need.split("|")[0].split("(")[0].strip() for need in needed}
    return sorted({*" ".join(lines).split(), *(name for name in names if not name.startswith("bilik"))})


def mirror() -> str:
    """Where this machine has its own packages from."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    )
    return re.split(r"\s+", listed.stdout.strip())[0]


def packages(dist: Path) -> list[Path]:
    """The newest of the engine and the newest of the agent."""
    both = (
        sorted(dist.glob(f"{name}_*.deb"), key=lambda file: file.stat().st_mtime)
        for name in ("bilik-engine", "bilik-agent")
    )
    return [newest for found in both for newest in found[-1:]]


def put_programs(box: Box, dist: Path) -> str:
    """Install the packages of `dist` where they are, else copy the sources to the same places; says which."""
    found = packages(dist)
    if len(found) == 2:
        for package in found:
            shutil.copy(package, box.root / "var" / "tmp" / package.name)
        box.run(
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
            *(f"/var/tmp/{one.name}" for one in found),
        )
        return "installed " + " and ".join(one.name for one in found)
    copy_sources(box)
    return "copied from the sources: no packages in dist/"


def copy_sources(box: Box) -> None:
    """What the package of the agent lays out, from this tree; the engine is bound from outside."""
    code = box.root / "usr/lib/bilik/agent"
    for module in MODULES:
        shutil.copytree(ROOT / module, code / module, ignore=shutil.ignore_patterns("__pycache__", "packaging"))
    for program, module in PROGRAMS.items():
        python = f'export PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1\nexec {RUNTIME}/bin/python3 -I -m {module} "$@"\n'
        box.write(f"/usr/bin/{program}", f"#!/bin/sh\n{python}", mode=0o755)
    box.write(f"{RUNTIME}/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
    (box.root / RUNTIME.lstrip("/") / "bin").mkdir(parents=True)
    (box.root / RUNTIME.lstrip("/") / "bin" / "python3").symlink_to("/usr/bin/python3.11")
    paths = "/usr/lib/bilik/agent\n/usr/lib/bilik/engine\n"
    box.write(f"{RUNTIME}/lib/python3.11/site-packages/bilik.pth", paths)
    box.run(
        "python3", "-m", "compileall", "-q", "/usr/lib/bilik/agent"
    )  # as the package does, so that no program leaves any


NEW_BOOT_ID = """\
[Service]
ProtectProc=default
"""
"""A container shows its own boot id by a mount over the host's file, which a new /proc would not have."""


def put_screen(box: Box) -> None:
    """A screen that is only memory, a camera and microphone that are made up, and no terminal to take: all that a container lacks."""
    box.write("/etc/X11/xorg.conf", SCREEN)
    box.write("/etc/systemd/system/bilik-kiosk.service.d/trial.conf", NO_TERMINAL)
    box.write("/etc/systemd/system/bilik-agent.service.d/trial.conf", NEW_BOOT_ID)


def take_screen_away(box: Box) -> None:
    """The box is as it was before `put_screen`."""
    for path in (
        "etc/X11/xorg.conf",
        *(f"etc/systemd/system/{unit}.service.d" for unit in ("bilik-kiosk", "bilik-agent")),
    ):
        place = box.root / path
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def rescue(box: Box, say: Callable[[str], None]) -> None:
    """What a technician does with a boot medium: the PC is off, its disk is mounted."""
    free(box.root, say)
