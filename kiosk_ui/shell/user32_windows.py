"""The calls of Windows that the shell's curtain and its watch of the screen are made of, with their types."""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes
    from typing import NamedTuple

    LRESULT = ctypes.c_ssize_t
    WindowProcedure = ctypes.WINFUNCTYPE(LRESULT, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
    EachWindow = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
    EachMonitor = ctypes.WINFUNCTYPE(
        wintypes.BOOL, wintypes.HANDLE, wintypes.HANDLE, ctypes.POINTER(wintypes.RECT), wintypes.LPARAM
    )
    WindowEvent = ctypes.WINFUNCTYPE(
        *(None, wintypes.HANDLE, wintypes.DWORD, wintypes.HWND, wintypes.LONG, wintypes.LONG),
        *(wintypes.DWORD, wintypes.DWORD),
    )

    class WindowClass(ctypes.Structure):
        """WNDCLASSW."""

        _fields_ = (
            *(("style", wintypes.UINT), ("procedure", WindowProcedure), ("extra", ctypes.c_int)),
            *(("window_extra", ctypes.c_int), ("instance", wintypes.HINSTANCE), ("icon", wintypes.HANDLE)),
            *(("cursor", wintypes.HANDLE), ("brush", wintypes.HANDLE), ("menu", wintypes.LPCWSTR)),
            ("name", wintypes.LPCWSTR),
        )

    class Paint(ctypes.Structure):
        """PAINTSTRUCT."""

        _fields_ = (
            *(("context", wintypes.HDC), ("erase", wintypes.BOOL), ("area", wintypes.RECT)),
            *(("restore", wintypes.BOOL), ("update", wintypes.BOOL), ("reserved", wintypes.BYTE * 32)),
        )

    class BitmapHeader(ctypes.Structure):
        """BITMAPINFOHEADER; a negative height begins at the top."""

        _fields_ = (
            *(("size", wintypes.DWORD), ("width", wintypes.LONG), ("height", wintypes.LONG)),
            *(("planes", wintypes.WORD), ("bits", wintypes.WORD), ("packing", wintypes.DWORD)),
            *(("bytes", wintypes.DWORD), ("x_per_m", wintypes.LONG), ("y_per_m", wintypes.LONG)),
            *(("used", wintypes.DWORD), ("important", wintypes.DWORD)),
        )

    class Place(NamedTuple):
        """A rectangle of the screen."""

        left: int
        top: int
        right: int
        bottom: int

        @property
        def size(self) -> tuple[int, int]:
            """Width and height."""
            return self.right - self.left, self.bottom - self.top

    user32 = ctypes.WinDLL("user32", use_last_error=True)
    gdi32 = ctypes.WinDLL("gdi32", use_last_error=True)
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

    HWND, UINT, INT = wintypes.HWND, wintypes.UINT, ctypes.c_int
    user32.DefWindowProcW.argtypes = (HWND, UINT, wintypes.WPARAM, wintypes.LPARAM)
    user32.DefWindowProcW.restype = LRESULT
    user32.RegisterClassW.argtypes = (ctypes.POINTER(WindowClass),)
    user32.CreateWindowExW.restype = HWND
    user32.CreateWindowExW.argtypes = (
        *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, INT, INT, INT, INT),
        *(HWND, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID),
    )
    user32.SetWindowPos.argtypes = (HWND, ctypes.c_void_p, INT, INT, INT, INT, UINT)
    user32.PostMessageW.argtypes = (HWND, UINT, wintypes.WPARAM, wintypes.LPARAM)
    user32.GetMessageW.argtypes = (ctypes.POINTER(wintypes.MSG), HWND, UINT, UINT)
    user32.DispatchMessageW.argtypes = (ctypes.POINTER(wintypes.MSG),)
    user32.DestroyWindow.argtypes = user32.IsWindow.argtypes = user32.IsWindowVisible.argtypes = (HWND,)
    user32.IsHungAppWindow.argtypes = user32.SetForegroundWindow.argtypes = user32.BringWindowToTop.argtypes = (HWND,)
    user32.InvalidateRect.argtypes = (HWND, ctypes.c_void_p, wintypes.BOOL)
    user32.BeginPaint.argtypes = user32.EndPaint.argtypes = (HWND, ctypes.POINTER(Paint))
    user32.BeginPaint.restype = wintypes.HDC
    user32.SetTimer.argtypes = (HWND, ctypes.c_size_t, UINT, ctypes.c_void_p)
    user32.EnumDisplayMonitors.argtypes = (wintypes.HDC, ctypes.c_void_p, EachMonitor, wintypes.LPARAM)
    user32.EnumWindows.argtypes = (EachWindow, wintypes.LPARAM)
    user32.GetWindowThreadProcessId.argtypes = (HWND, ctypes.POINTER(wintypes.DWORD))
    user32.GetWindowRect.argtypes = (HWND, ctypes.POINTER(wintypes.RECT))
    user32.GetClassNameW.argtypes = (HWND, wintypes.LPWSTR, INT)
    user32.GetForegroundWindow.restype = HWND
    user32.ShowWindowAsync.argtypes = (HWND, INT)
    user32.SetWinEventHook.restype = wintypes.HANDLE
    user32.SetWinEventHook.argtypes = (
        *(wintypes.DWORD, wintypes.DWORD, wintypes.HMODULE, WindowEvent),
        *(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD),
    )
    user32.UnhookWinEvent.argtypes = (wintypes.HANDLE,)
    gdi32.StretchDIBits.argtypes = (
        *(wintypes.HDC, INT, INT, INT, INT, INT, INT, INT, INT),
        *(ctypes.c_char_p, ctypes.POINTER(BitmapHeader), UINT, wintypes.DWORD),
    )
    kernel32.GetModuleHandleW.restype = wintypes.HMODULE

    def monitors() -> list[Place]:
        """Where each monitor is, the first one at 0, 0."""
        found: list[Place] = []

        def take(_monitor: int, _context: int, area: "ctypes._Pointer[wintypes.RECT]", _data: int) -> bool:
            found.append(_place(area.contents))
            return True

        user32.EnumDisplayMonitors(None, None, EachMonitor(take), 0)
        return found or [Place(0, 0, user32.GetSystemMetrics(0), user32.GetSystemMetrics(1))]

    def whole(places: list[Place]) -> Place:
        """The rectangle around all of them."""
        return Place(
            *(min(one.left for one in places), min(one.top for one in places)),
            *(max(one.right for one in places), max(one.bottom for one in places)),
        )

    def place_of(window: int) -> Place | None:
        """Where a window is; None when it has gone."""
        area = wintypes.RECT()
        return _place(area) if user32.GetWindowRect(window, ctypes.byref(area)) else None

    def owner_of(window: int) -> int | None:
        """The process that made a window; None when it has gone."""
        pid = wintypes.DWORD()
        return pid.value if user32.GetWindowThreadProcessId(window, ctypes.byref(pid)) else None

    def class_of(window: int) -> str:
        """The name of a window's class."""
        name = ctypes.create_unicode_buffer(256)
        user32.GetClassNameW(window, name, 256)
        return name.value

    def _place(area: wintypes.RECT) -> Place:
        return Place(area.left, area.top, area.right, area.bottom)
