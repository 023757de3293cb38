"""The safe place of the device token."""

from agent.adapters.credentials.keyrings import NAME, SERVICE, FileKeyring, KeyringCredentials

__all__ = ["NAME", "SERVICE", "FileKeyring", "KeyringCredentials"]
