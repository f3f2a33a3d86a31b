"""What was taken from the topics, in a file of one's own: each event once and each stream in its order, whatever the bus
sends again and however often the program is stopped."""

import sqlite3


class Missing(Exception):
    """A stream's events left a hole: the topic has lost some, and is read again from its start."""


class TakenEvents:
    def __init__(self, path):
        self.database = sqlite3.connect(path)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute(
            """CREATE TABLE IF NOT EXISTS events (
                 stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
                 time TEXT NOT NULL, actor TEXT NOT NULL, data TEXT NOT NULL,
                 PRIMARY KEY (stream, version)) WITHOUT ROWID"""
        )

    def take(self, headers, value):
        """Takes a message. False for one that it had. The bus may be told only after this returned."""
        stream, version = headers["ce_stream"], int(headers["ce_streamversion"])
        # One transaction: what a program does with an event belongs in it, so that both happen or neither.
        with self.database:
            last = self._last(stream)
            if version <= last:
                return False
            if version > last + 1:
                raise Missing(f"{stream}: {version} came after {last}")
            self.database.execute(
                "INSERT INTO events (stream, version, id, type, time, actor, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    stream,
                    version,
                    headers["ce_id"],
                    headers["ce_type"],
                    headers["ce_time"],
                    headers["ce_actor"],
                    value,
                ),
            )
        return True

    def _last(self, stream):
        (last,) = self.database.execute("SELECT max(version) FROM events WHERE stream = ?", (stream,)).fetchone()
        return last or 0

    def close(self):
        self.database.close()
