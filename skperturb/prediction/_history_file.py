"""The file of a history: its schema, and transactions on it that all happen or none."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA_VERSION = 1
ADD_TASK = "INSERT OR IGNORE INTO tasks VALUES (?, ?)"
ADD_SCORE = "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_ACCURACY = "INSERT OR REPLACE INTO accuracies VALUES (?, ?, ?, ?, ?, ?, ?)"
_APPLICATION_ID = 0x736B7074  # "skpt", in the header of the file
_PATIENCE = 60.0  # seconds to wait for another process that writes

_TABLES = {
    "tasks": """CREATE TABLE tasks (
        name TEXT PRIMARY KEY NOT NULL,
        recorded TEXT NOT NULL
    )""",
    "scores": """CREATE TABLE scores (
        task TEXT NOT NULL REFERENCES tasks (name),
        model TEXT NOT NULL,
        metric TEXT NOT NULL,
        parameters TEXT NOT NULL,
        value REAL,
        features TEXT,
        recorded TEXT NOT NULL,
        PRIMARY KEY (task, model, metric, parameters)
    )""",
    "accuracies": """CREATE TABLE accuracies (
        task TEXT NOT NULL REFERENCES tasks (name),
        model TEXT NOT NULL,
        run TEXT NOT NULL,
        value REAL NOT NULL,
        standard_error REAL,
        source TEXT NOT NULL,
        recorded TEXT NOT NULL,
        PRIMARY KEY (task, model, run)
    )""",
}


@contextmanager
def read_transaction(path):
    """Give a connection that sees one state of the file throughout, None if there is no file."""
    if not path.exists():
        yield None
        return
    with _connect(path) as connection:
        connection.execute("BEGIN")
        if _is_empty(connection):
            yield None
        else:
            _check_schema(connection, path)
            yield connection
        connection.execute("ROLLBACK")


@contextmanager
def write_transaction(path):
    """Give a connection all of whose changes are kept, or none if anything goes wrong."""
    with _connect(path) as connection:
        # At once, so that two writers wait for each other instead of failing in the middle.
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _is_empty(connection):
                _create_schema(connection)
            else:
                _check_schema(connection, path)
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def _connect(path):
    """Open the file; whatever it holds is data."""
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection
    except sqlite3.DatabaseError as error:
        if Path(path).is_dir():
            msg = f"A history must be a file, got the folder {str(path)!r}."
        else:
            msg = f"{str(path)!r} must be a history that can be read and written: {error}."
        raise ValueError(msg) from error


def _is_empty(connection):
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def _create_schema(connection):
    for statement in _TABLES.values():
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_schema(connection, path):
    """Raise unless the file is a history of this schema, and has nothing else in it."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        msg = f"{str(path)!r} must be a history, got another SQLite database."
        raise ValueError(msg)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        msg = (
            f"{str(path)!r} must have schema {SCHEMA_VERSION}, got {version}. Export it to CSV "
            "with the version of skperturb that wrote it, and import that."
        )
        raise ValueError(msg)
    # A trigger or a view would run when the tables are used.
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    if dict(found.fetchall()) != _TABLES:
        msg = f"{str(path)!r} must hold the tables of a history and nothing else."
        raise ValueError(msg)
