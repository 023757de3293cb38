"""A meeting's page: a stranger's, so nothing of the window is within its reach and nearly nothing of the engine."""

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import (
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineWebAuthUxRequest,
)

from kiosk_ui.window.hardening import encoded
from kiosk_ui.window.navigation import (
    MeetingRules,
    is_near,
    is_other_program,
    may_meeting_fetch,
    may_meeting_show,
    origin_of,
)

_Permission = QWebEnginePermission.PermissionType
_MEDIA = (_Permission.MediaAudioCapture, _Permission.MediaVideoCapture, _Permission.MediaAudioVideoCapture)
_OWN_NAME = "QtWebEngine/"


def new_profile() -> QWebEngineProfile:
    """One that keeps nothing, and calls itself the browser that its engine is: meetings refuse names they do not know."""
    profile = QWebEngineProfile()
    words = profile.httpUserAgent().split()
    profile.setHttpUserAgent(" ".join(word for word in words if not word.startswith(_OWN_NAME)))
    profile.setHttpAcceptLanguage("id,en;q=0.8")
    profile.setPersistentPermissionsPolicy(QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
    return profile


class MeetingGuard(QWebEngineUrlRequestInterceptor):
    """Blocks every request that is not for the meeting's own hosts; tells of those for this PC or its network."""

    def __init__(self, rules: MeetingRules, blocked: Callable[[str], None]) -> None:
        super().__init__()
        self._rules = rules
        self._blocked = blocked

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:  # noqa: N802 - Qt's name
        """Called by the engine for each request."""
        resource = info.resourceType().name.removeprefix("ResourceType").lower()
        address = encoded(info.requestUrl())
        if not may_meeting_fetch(address, self._rules, resource):
            info.block(True)
            if is_near(address):
                self._blocked("fetch")


class MeetingPage(QWebEnginePage):
    """Shows its meeting and nothing else; what it is refused is told by kind, never with an address."""

    def __init__(self, profile: QWebEngineProfile, rules: MeetingRules, blocked: Callable[[str], None]) -> None:
        super().__init__(profile)
        self._rules = rules
        self._blocked = blocked
        self.newWindowRequested.connect(self._new_window)
        self.permissionRequested.connect(self._permission)
        self.webAuthUxRequested.connect(self._key_asked)
        self.certificateError.connect(lambda error: error.rejectCertificate())

    # ---- where it may go --------------------------------------------------------------------------------------------

    def acceptNavigationRequest(self, url: QUrl | str, _: object, isMainFrame: bool) -> bool:  # noqa: N802, N803 - Qt's names
        """Asked by the engine for each document, redirects among them."""
        address = encoded(QUrl(url))
        if may_meeting_show(address, self._rules, is_main_frame=isMainFrame):
            return True
        self._blocked("scheme" if is_other_program(address) else "navigation")
        return False

    def _new_window(self, request: QWebEngineNewWindowRequest) -> None:
        """What wants a window of its own gets this one, if it may be shown here."""
        if may_meeting_show(encoded(request.requestedUrl()), self._rules, is_main_frame=True):
            self.setUrl(request.requestedUrl())
        else:
            self._blocked("new_window")

    def createWindow(self, _: object) -> None:  # type: ignore[override] # noqa: N802 - Qt's name; None is "no"
        """Never another window."""

    # ---- what it may have -------------------------------------------------------------------------------------------

    def _permission(self, wanted: QWebEnginePermission) -> None:
        is_own = origin_of(encoded(wanted.origin())) == origin_of(self._rules.url)
        if is_own and wanted.permissionType() in _MEDIA:
            wanted.grant()
        else:
            wanted.deny()
            self._blocked("permission")

    def _key_asked(self, request: QWebEngineWebAuthUxRequest) -> None:
        request.cancel()
        self._blocked("permission")

    def chooseFiles(self, *_: object) -> list[str]:  # noqa: N802 - Qt's name
        """No file of this PC."""
        self._blocked("file_chooser")
        return []

    # ---- dialogs ----------------------------------------------------------------------------------------------------

    def javaScriptAlert(self, *_: object) -> None:  # noqa: N802 - Qt's name
        """No dialog."""
        self._blocked("dialog")

    def javaScriptConfirm(self, *_: object) -> bool:  # noqa: N802 - Qt's name
        """No dialog; the answer is no."""
        self._blocked("dialog")
        return False

    def javaScriptPrompt(self, *_: object) -> tuple[bool, str]:  # noqa: N802 - Qt's name
        """No dialog; the answer is none."""
        self._blocked("dialog")
        return False, ""

    def javaScriptConsoleMessage(self, *_: object) -> None:  # noqa: N802 - Qt's name
        """A stranger's words may hold names and secrets: none is logged."""
