"""How the engine is told to draw: software Quick where there is no GPU, and nothing that opens a way in."""

import sys
from collections.abc import Mapping
from pathlib import Path

FLAGS = "QTWEBENGINE_CHROMIUM_FLAGS"
# The engine drops keys and clicks for half a second after a page's first paint, against strange pages; ours is no stranger.
_ALWAYS = ("--disable-pinch", "--overscroll-history-navigation=0", "--allow-pre-commit-input")
_WAYS_IN = ("--remote-debugging", "--remote-allow-origins", "--load-extension", "--use-fake-ui-for-media-stream")
_UNWANTED = ("QTWEBENGINE_REMOTE_DEBUGGING", "PYWEBVIEW_GUI", "PYWEBVIEW_LOG", "QT_STYLE_OVERRIDE")
_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "software", "swiftshader", "gdi generic", "basic render")
_ON_WINDOWS = sys.platform == "win32"


def has_render_node(folder: Path = Path("/dev/dri")) -> bool:
    """Does the kernel offer a GPU to render on? Windows says so only by the renderer's name."""
    return _ON_WINDOWS or any(folder.glob("renderD*"))


def is_software_renderer(name: str) -> bool:
    """Is this OpenGL renderer name (GL_RENDERER) one of those that compute on the CPU? No name counts as such."""
    return not name or any(known in name.lower() for known in _SOFTWARE_RENDERERS)


def engine_environment(environ: Mapping[str, str], *, gpu: bool) -> dict[str, str]:
    """The environment the engine shall see; flags from outside are kept, save those that open the window to others."""
    kept = [flag for flag in environ.get(FLAGS, "").split() if not flag.startswith(_WAYS_IN)]
    wanted = [*_ALWAYS, *(() if gpu else ("--disable-gpu",))]
    chosen = {name: value for name, value in environ.items() if name not in _UNWANTED}
    chosen |= {FLAGS: " ".join(dict.fromkeys([*kept, *wanted])), "QT_API": "pyside6"}
    chosen["QT_QPA_PLATFORM"] = "windows" if _ON_WINDOWS else "xcb"
    if not gpu:
        chosen["QT_QUICK_BACKEND"] = "software"
    return chosen
