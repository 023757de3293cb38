"""The one way to central: its HTTP requests, its signalling socket, and whom we believe to be central."""

from agent.adapters.central_client.http_central import HttpCentral
from agent.adapters.central_client.trust import fetch_authority, read_authority

__all__ = ["HttpCentral", "fetch_authority", "read_authority"]
