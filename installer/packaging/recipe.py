"""What each package holds and needs: tables only."""

from typing import NamedTuple

ENGINE_VERSION = "6.11.3+1"
"""PySide6's version and our own count: raise it whenever ENGINE, KEPT or a locked version of an ENGINE wheel changes."""

ENGINE = frozenset({"bottle", "proxy-tools", "pyside6-addons", "pyside6-essentials", "pywebview", "qtpy", "shiboken6"})
"""The distributions of requirements/agent.txt that make the web engine's package; all others go with the agent."""

SOURCE_ONLY = {"proxy-tools": "proxy_tools", "sdnotify": "sdnotify"}
"""Published as a source archive alone, pure Python: the one folder in it that is the package."""

LEFT_OUT = frozenset({"faker", "httpcore", "httpx", "markdown-it-py", "mdurl", "polyfactory", "rich", "rich-click"})
"""What only Litestar's test clients, made-up examples and command line ask for: no server does."""

NEWEST_GLIBC = (2, 36)
"""Of Debian 12; a wheel that asks for a newer one does not run on a booth."""


class Program(NamedTuple):
    """A command that people type: the module it runs, and its sentence for the manual page."""

    command: str
    module: str
    sentence: str


class Recipe(NamedTuple):
    """One .deb. `modules`: our own packages; `paths`: further folders its Python looks into; `needs`: Debian packages."""

    name: str
    tree: str
    summary: str
    description: str
    modules: tuple[str, ...] = ()
    programs: tuple[Program, ...] = ()
    paths: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()


PYTHON = ("python3 (>= 3.11)", "python3 (<< 3.12)")

ENGINE_PACKAGE = Recipe(
    name="bilik-engine",
    tree="engine",
    summary="web engine of a Bilik call booth",
    description="Qt WebEngine with its Python binding and pywebview, cut down to what a\n"
    "call booth shows. It changes rarely; bilik-agent needs exactly the version\n"
    "it was tried with.",
    needs=(*PYTHON, "fonts-dejavu-core"),
    wants=("fonts-noto-core", "fonts-noto-color-emoji"),
)

AGENT_PACKAGE = Recipe(
    name="bilik-agent",
    tree="agent",
    summary="agent, kiosk and installer of a Bilik call booth",
    description="The programs of a call booth: the agent that decides, the kiosk's shell and\n"
    "window, and the installer. Installing this package changes nothing else on\n"
    "the PC: bilik-install makes it a locked booth, checks it and undoes it.",
    modules=("agent", "kiosk_ui", "protocol", "installer"),
    programs=(
        Program("bilik-agent", "agent", "the agent of a call booth"),
        Program("bilik-shell", "kiosk_ui.shell", "the kiosk account's shell"),
        Program("bilik-window", "kiosk_ui.window", "the kiosk's window, started by bilik-shell"),
        Program("bilik-install", "installer", "make a PC a locked booth, check it, undo it"),
    ),
    paths=("/usr/lib/bilik/engine",),
    needs=(
        f"bilik-engine (= {ENGINE_VERSION})",
        *PYTHON,
        "dbus",
        "gpgv",
        "libpam-systemd",
        "nftables",
        "openbox",
        "polkitd",
        "pulseaudio | pipewire-pulse",
        "systemd (>= 252)",
        "udev",
        "procps",
        "x11-xserver-utils",
        "xauth",
        "xinit",
        "xserver-xorg-core",
        "xserver-xorg-input-libinput",
        "xserver-xorg-legacy",
    ),
)

CENTRAL_PACKAGE = Recipe(
    name="bilik-central",
    tree="central",
    summary="server of Bilik call booths",
    description="Booths, sessions, staff board, family pages and call signalling, on SQLite\n"
    "or PostgreSQL. The service is installed and not started: write\n"
    "/etc/bilik/central.env first.",
    modules=("central", "protocol"),
    programs=(Program("bilik-central", "central", "the server of Bilik and its commands"),),
    needs=(*PYTHON, "systemd (>= 252)"),
    wants=("coturn", "caddy"),
)

RECIPES = (ENGINE_PACKAGE, AGENT_PACKAGE, CENTRAL_PACKAGE)

LIBRARIES = {
    "ld-linux-x86-64.so.2": "libc6",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXcomposite.so.1": "libxcomposite1",
    "libXdamage.so.1": "libxdamage1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXrandr.so.2": "libxrandr2",
    "libXtst.so.6": "libxtst6",
    "libasound.so.2": "libasound2",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libc.so.6": "libc6 (>= 2.36)",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdl.so.2": "libc6",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgbm.so.1": "libgbm1",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libm.so.6": "libc6",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libpthread.so.0": "libc6",
    "libresolv.so.2": "libc6",
    "librt.so.1": "libc6",
    "libsmime3.so": "libnss3",
    "libstdc++.so.6": "libstdc++6",
    "libudev.so.1": "libudev1",
    "libutil.so.1": "libc6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-dri3.so.0": "libxcb-dri3-0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbfile.so.1": "libxkbfile1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""Which package of Debian 12 carries a shared library; one that is missing here stops the build."""

OPENED_AT_RUN_TIME = ("libpulse0", "libgl1-mesa-dri", "ca-certificates")
"""What the engine opens by name when it runs, so that no table of a file says it."""
