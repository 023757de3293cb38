"""The technician's PIN of this PC: its argon2 hash in the state directory, made and compared in a process of its own that ends."""

from agent.adapters.pin_store.file import FilePinStore

__all__ = ["FilePinStore"]
