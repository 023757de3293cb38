"""The agent's memory over crashes, in one SQLite file: booth, outbox and the table of commands already done."""

from agent.adapters.journal.sqlite_journal import SqliteJournal

__all__ = ["SqliteJournal"]
