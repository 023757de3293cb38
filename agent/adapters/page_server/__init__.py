"""The loopback server of the kiosk page: its files and one WebSocket, for our own window alone."""

from agent.adapters.page_server.files import font_directory
from agent.adapters.page_server.server import PageServer, inherited_socket

__all__ = ["PageServer", "font_directory", "inherited_socket"]
