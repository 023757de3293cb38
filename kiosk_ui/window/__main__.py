"""bilik-window: started by bilik-shell, never by hand; reads orders on its input and ends with it.

Exit codes: 3 the web engine is not the one this was written for, 4 a way out of the page could not be closed.
"""

import importlib
import logging
import os
import sys
from types import ModuleType
from typing import Any, NoReturn

from kiosk_ui.privacy import keep_private
from kiosk_ui.window.pipe import Pipe, die_with_parent, private_output
from kiosk_ui.window.rendering import engine_environment, has_render_node, is_software_renderer

TITLE = "Bilik"
WRONG_ENGINE = 3
NOT_HARDENED = 4


def main() -> None:
    """Show the window until the input closes or the screen goes."""
    die_with_parent()
    keep_private(hide_memory=False)
    output = private_output()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    gpu = has_render_node()
    _use_environment(gpu)
    platform = _engine()
    application = platform.QApplication(sys.argv[:1])
    if gpu and is_software_renderer(_renderer_name()):
        gpu = False
        _use_environment(gpu)
    _show(platform, application, Pipe(output, sys.stdin.buffer), gpu)


def _use_environment(gpu: bool) -> None:
    wanted = engine_environment(os.environ, gpu=gpu)
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


def _engine() -> ModuleType:
    """Pywebview's Qt platform on QtWebEngine with PySide6, or the end."""
    try:
        platform = importlib.import_module("webview.platforms.qt")
    except ImportError as error:
        _refuse(WRONG_ENGINE, f"pywebview with QtWebEngine is not installed: {error}")
    if not (platform.is_webengine and platform.renderer == "qtwebengine" and platform.PYSIDE6):
        _refuse(WRONG_ENGINE, f"the renderer is {platform.renderer}, only qtwebengine on PySide6 is allowed")
    return platform


def _renderer_name() -> str:
    """GL_RENDERER of this screen; empty where there is no OpenGL."""
    from PySide6.QtGui import QOffscreenSurface, QOpenGLContext

    surface, context = QOffscreenSurface(), QOpenGLContext()
    surface.create()
    if not (context.create() and context.makeCurrent(surface)):
        return ""
    name = context.functions().glGetString(0x1F01)
    context.doneCurrent()
    return str(name or "")


def _show(platform: Any, application: Any, pipe: Pipe, gpu: bool) -> None:
    import webview

    from kiosk_ui.window.hardening import HardeningFailed, harden_classes
    from kiosk_ui.window.window import PAPER, KioskWindow

    kiosk = KioskWindow(pipe, video="full" if gpu else "native")
    try:
        harden_classes(platform, kiosk.limits)
    except HardeningFailed as error:
        _refuse(NOT_HARDENED, str(error))
    platform.BrowserView.WebPage.javaScriptConsoleMessage = lambda _page, *message: kiosk.console(*message)
    size = application.primaryScreen().geometry()
    window = webview.create_window(
        TITLE,
        html=" ",
        width=size.width(),
        height=size.height(),
        x=0,
        y=0,
        fullscreen=True,
        frameless=True,
        easy_drag=False,
        background_color=PAPER,
    )

    if window is None:
        _refuse(WRONG_ENGINE, "pywebview made no window")

    def adopt() -> None:
        try:
            kiosk.adopt(window.native)
        except Exception as error:
            logging.getLogger(__name__).exception("the window is not hardened")
            _refuse(NOT_HARDENED, str(error))

    window.events.before_show += adopt
    window.events.closing += lambda: False
    webview.start(gui="qt", debug=False, private_mode=True)


def _refuse(code: int, why: str) -> NoReturn:
    """Say why on standard error and end at once, whatever threads there are."""
    print(f"bilik-window does not start: {why}", file=sys.stderr, flush=True)
    os._exit(code)


if __name__ == "__main__":
    main()
