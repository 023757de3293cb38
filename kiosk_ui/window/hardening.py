"""Closes the engine's ways out of the page: first in pywebview's classes, then in each window's page and profile."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from kiosk_ui.window.navigation import is_other_program, may_fetch, may_load

_Attribute = QWebEngineSettings.WebAttribute
_OFF = (
    _Attribute.NavigateOnDropEnabled,
    _Attribute.JavascriptCanOpenWindows,
    _Attribute.JavascriptCanAccessClipboard,
    _Attribute.JavascriptCanPaste,
    _Attribute.PdfViewerEnabled,
    _Attribute.PluginsEnabled,
    _Attribute.ScreenCaptureEnabled,
    _Attribute.FullScreenSupportEnabled,
    _Attribute.LocalContentCanAccessFileUrls,
    _Attribute.LocalContentCanAccessRemoteUrls,
    _Attribute.HyperlinkAuditingEnabled,
    _Attribute.AllowWindowActivationFromJavaScript,
    _Attribute.AllowGeolocationOnInsecureOrigins,
    _Attribute.ErrorPageEnabled,
    _Attribute.DnsPrefetchEnabled,
    _Attribute.AutoLoadIconsForPage,
    _Attribute.PlaybackRequiresUserGesture,
)
_MEDIA = (
    QWebEnginePage.Feature.MediaAudioCapture,
    QWebEnginePage.Feature.MediaVideoCapture,
    QWebEnginePage.Feature.MediaAudioVideoCapture,
)


class HardeningFailed(Exception):
    """pywebview or Qt is not the one this was written for: a way out would stay open."""


class Limits:
    """What the page may do, shared by all guards: `port` is that of the agent's page, None until it is known."""

    def __init__(self, blocked: Callable[[str], None]) -> None:
        self.blocked = blocked
        self.port: int | None = None


def encoded(url: QUrl) -> str:
    """The address as the engine sends it; QUrl.toString decodes some of it again."""
    return bytes(url.toEncoded().data()).decode("ascii", "replace")


# ---- before the window ------------------------------------------------------------------------------------------


def harden_classes(platform: Any, limits: Limits) -> None:
    """Replace what pywebview's Qt platform would do with pages; raises HardeningFailed if a part is not where it was."""
    view = platform.BrowserView
    _replace(platform, "environ_append", lambda *_: None)  # it would let every page have the camera
    _replace(view, "_set_js_api", lambda *_: None)  # no bridge from a page into Python
    _replace(view.JSBridge, "call", lambda *_: None)
    page = view.WebPage
    _replace(page, "acceptNavigationRequest", _navigation(limits))
    _replace(page, "createWindow", _refusing(limits, "new_window", None))
    _replace(page, "chooseFiles", _refusing(limits, "file_chooser", []))
    _replace(page, "javaScriptAlert", _refusing(limits, "dialog", None))
    _replace(page, "javaScriptConfirm", _refusing(limits, "dialog", False))
    _replace(page, "javaScriptPrompt", _refusing(limits, "dialog", (False, "")))
    _replace(page, "onFeaturePermissionRequested", _permission(limits))


def _replace(owner: Any, name: str, function: Callable[..., object]) -> None:
    if not hasattr(owner, name):
        raise HardeningFailed(f"{owner} has no {name}: install the pinned pywebview and PySide6")
    setattr(owner, name, function)


def _refusing(limits: Limits, kind: str, answer: object) -> Callable[..., object]:
    def refuse(*_: object) -> object:
        limits.blocked(kind)
        return answer

    return refuse


def _navigation(limits: Limits) -> Callable[..., bool]:
    def accept(_page: QWebEnginePage, url: QUrl, _kind: object, _is_main_frame: bool) -> bool:
        address = encoded(url)
        allowed = may_load(address, limits.port)
        if not allowed and limits.port is not None:
            limits.blocked("scheme" if is_other_program(address) else "navigation")
        return allowed

    return accept


def _permission(limits: Limits) -> Callable[..., None]:
    policy = QWebEnginePage.PermissionPolicy

    def decide(page: QWebEnginePage, origin: QUrl, feature: QWebEnginePage.Feature) -> None:
        granted = feature in _MEDIA and may_load(encoded(origin).rstrip("/") + "/", limits.port)
        page.setFeaturePermission(
            origin, feature, policy.PermissionGrantedByUser if granted else policy.PermissionDeniedByUser
        )
        if not granted:
            limits.blocked("permission")

    return decide


# ---- in the window ----------------------------------------------------------------------------------------------


class RequestGuard(QWebEngineUrlRequestInterceptor):
    """Blocks every request of a page that is not for the agent's page server."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:  # noqa: N802 - Qt's name
        """Called by the engine for each request."""
        resource = info.resourceType().name.removeprefix("ResourceType").lower()
        if not may_fetch(encoded(info.requestUrl()), self._limits.port, resource):
            info.block(True)


def harden_page(
    view: QWidget,
    page: QWebEnginePage,
    profile: QWebEngineProfile,
    limits: Limits,
    guard: QWebEngineUrlRequestInterceptor | None = None,
) -> list[QObject]:
    """Settings and signals of one view, whose requests `guard` judges; keep what is returned for as long as it lives."""
    if not profile.isOffTheRecord():
        raise HardeningFailed("the profile would be kept on the disk: private mode is off")
    for settings in (profile.settings(), page.settings()):
        for attribute in _OFF:
            settings.setAttribute(attribute, False)
        settings.setUnknownUrlSchemePolicy(QWebEngineSettings.UnknownUrlSchemePolicy.DisallowUnknownUrlSchemes)
    profile.setSpellCheckEnabled(False)
    profile.setPushServiceEnabled(False)
    judge = guard or RequestGuard(limits)
    profile.setUrlRequestInterceptor(judge)
    profile.downloadRequested.connect(lambda download: _refuse_download(download, limits))
    page.setWebChannel(None)  # type: ignore[arg-type] # Qt takes a null pointer here
    page.printRequested.connect(lambda: limits.blocked("dialog"))
    page.desktopMediaRequested.connect(lambda _: limits.blocked("permission"))
    page.fileSystemAccessRequested.connect(lambda request: (request.reject(), limits.blocked("file_chooser")))
    page.registerProtocolHandlerRequested.connect(lambda request: (request.reject(), limits.blocked("permission")))
    profile.scripts().insert(_no_drags())
    if guard is None:  # the clipboard is one for all views
        QApplication.clipboard().dataChanged.connect(lambda: _empty_clipboard(limits))
    view.setAcceptDrops(False)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    return [judge]


def _no_drags() -> QWebEngineScript:
    """Nothing of the page can be taken hold of: a drag would run a loop of its own in the window and reach other windows."""
    script = QWebEngineScript()
    script.setSourceCode("addEventListener('dragstart', event => event.preventDefault(), true)")
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    script.setWorldId(QWebEngineScript.ScriptWorldId.ApplicationWorld)
    script.setRunsOnSubFrames(True)
    return script


def _refuse_download(download: QWebEngineDownloadRequest, limits: Limits) -> None:
    download.cancel()
    limits.blocked("download")


def _empty_clipboard(limits: Limits) -> None:
    """A script may copy what is selected after any click, whatever the settings say: nothing of it stays."""
    clipboard = QApplication.clipboard()
    if clipboard.ownsClipboard() and clipboard.mimeData().formats():
        clipboard.clear()
        limits.blocked("clipboard")


def close_dialogs(limits: Limits) -> None:
    """Close any dialog that the engine has opened by itself after all, such as the one for colours."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.reject()
            limits.blocked("dialog")
