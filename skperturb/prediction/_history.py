"""History: scores and accuracies of past tasks, in one file that a team can share."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from skperturb.prediction._accuracies import check_unrepeated
from skperturb.prediction._history_checks import check_accuracy, check_name, standard_error_of
from skperturb.prediction._history_columns import (
    COLUMNS,
    check_columns,
    read_csv,
    read_parquet,
    write_csv,
    write_parquet,
)
from skperturb.prediction._history_file import (
    ADD_ACCURACY,
    ADD_SCORE,
    ADD_TASK,
    read_transaction,
    write_transaction,
)
from skperturb.prediction._history_records import (
    accuracies_by_task,
    scores_by_task,
    table_columns,
)
from skperturb.prediction._history_seeds import add_records, published_records, zoo_records
from skperturb.prediction._metric_description import describe_metrics
from skperturb.prediction._scored_task import read_task

_SUFFIXES = {".csv": (read_csv, write_csv), ".parquet": (read_parquet, write_parquet)}


class PastRecords(NamedTuple):
    """Tasks with their scores, and the accuracies and standard errors by model of each."""

    tasks: list
    accuracies: list
    standard_errors: list


class History:
    """
    Scores and accuracies of past tasks, in one file.

    What :class:`AccuracyPredictor` learns from. The file is an SQLite database: every change is
    made whole or not at all, also when the process is killed in the middle of it, and several
    processes can write at once. It holds texts and numbers; nothing in it is ever executed.

    Parameters
    ----------
    path : str or path
        The file. It is made by the first change; until then the history is empty.

    See Also
    --------
    AccuracyPredictor : Learns from what `load` returns.

    Examples
    --------
    >>> import os, tempfile
    >>> from skperturb import AccuracyPredictor, History
    >>> history = History(os.path.join(tempfile.mkdtemp(), "history.db"))
    >>> history.add_scores({"a": 3.0, "b": 2.0}, task="pets")
    >>> history.add_accuracy("pets", "a", 0.9)
    >>> history.add_accuracy("pets", "b", 0.8, n_test=500)
    >>> history.tasks()
    ['pets']
    >>> tasks, accuracies, standard_errors = history.load()
    >>> predictor = AccuracyPredictor().fit(tasks, accuracies, standard_errors=standard_errors)
    >>> predictor.n_tasks_
    1
    """

    def __init__(self, path):
        self.path = Path(path)

    def __repr__(self):
        return f"History({str(self.path)!r})"

    def add_scores(self, scores, *, task, digests=None):
        """
        Add the scores of a task's models; those of the same metric and parameters are replaced.

        Parameters
        ----------
        scores : fitted ModelSelector, mapping or data frame
            The selector that scored the models, or their scores as :class:`AccuracyPredictor`
            takes them.
        task : str
            Name of the task.
        digests : mapping of str to str or None, default=None
            Digests of the feature sets by model, to tell later what was scored.
        """
        scored = read_task(SimpleNamespace(name=task, scores=scores), 0, None)
        known = describe_metrics(scores) if hasattr(scores, "metric_names_") else {}
        now, name = _now(), check_name("task", task)
        rows = [
            (name, model, metric, known.get(metric, ""), _number(score), digest, now)
            for model, row in zip(scored.models, scored.scores, strict=True)
            for metric, score in zip(scored.metrics, row, strict=True)
            for digest in [(digests or {}).get(model)]
        ]
        with write_transaction(self.path) as connection:
            connection.execute(ADD_TASK, (name, now))
            connection.executemany(ADD_SCORE, rows)

    def add_accuracy(
        self, task, model, value, *, standard_error=None, n_test=None, run="", source="measured"
    ):
        """
        Add what a model reached on a task; an accuracy of the same run is replaced.

        Parameters
        ----------
        task, model : str
            Names of the task and the model.
        value : float
            The accuracy, in (0, 1).
        standard_error : float or None, default=None
            Its standard error, where that is known.
        n_test : int or None, default=None
            Number of test samples, from which the standard error follows.
        run : str, default=""
            Name of the run, such as a seed: several runs of one model are averaged.
        source : str, default="measured"
            How the accuracy was obtained.
        """
        self.add_accuracies(
            task,
            {model: value},
            standard_error=standard_error,
            n_test=n_test,
            run=run,
            source=source,
        )

    def add_accuracies(
        self, task, accuracies, *, standard_error=None, n_test=None, run="", source="measured"
    ):
        """
        Add what several models reached on a task, all of them or none.

        Parameters
        ----------
        task : str
            Name of the task.
        accuracies : mapping of str to float
            Accuracies in (0, 1) by model.
        standard_error : float or None, default=None
            Their standard error, the same for all.
        n_test : int or None, default=None
            Number of test samples, from which the standard errors follow.
        run : str, default=""
            Name of the run.
        source : str, default="measured"
            How the accuracies were obtained.
        """
        now, name = _now(), check_name("task", task)
        check_unrepeated("`accuracies`", accuracies)
        rows = []
        for model, value in accuracies.items():
            value = check_accuracy(task, model, value)
            error = standard_error_of(value, standard_error, n_test)
            rows.append((name, check_name("model", model), str(run), value, error, source, now))
        with write_transaction(self.path) as connection:
            connection.execute(ADD_TASK, (name, now))
            connection.executemany(ADD_ACCURACY, rows)

    def add_published(self, name, *, regime=None):
        """
        Add a published table of accuracies, as tasks without scores.

        Parameters
        ----------
        name : str
            Name of the table, see :func:`~skperturb.datasets.load_accuracies`.
        regime : str or None, default=None
            How the models were transferred; None is the first of the table.

        Notes
        -----
        The tasks are called ``<name>/<data set>``, and their accuracies have the source
        ``"published: <name>, <regime>"``.
        """
        with write_transaction(self.path) as connection:
            add_records(connection, published_records(name, regime), _now())

    def add_zoo(self, pool="images", *, regime=None):
        """
        Add the bundled history of a pool of encoders, with scores.

        Parameters
        ----------
        pool : {"images", "text"}, default="images"
            Which encoders.
        regime : {"finetuned", "linear_probe"} or None, default=None
            Which accuracies. None is "finetuned" for images; text encoders were probed only, see
            :func:`~skperturb.datasets.load_zoo_history`.
        """
        with write_transaction(self.path) as connection:
            add_records(connection, zoo_records(pool, regime), _now())

    def tasks(self):
        """
        Return the names of the tasks, sorted.

        Returns
        -------
        names : list of str
            Their names.
        """
        return [name for (name,) in self._select("SELECT name FROM tasks ORDER BY name")]

    def known(self, task):
        """
        Return what has been measured on a task, as `predict` takes it.

        Parameters
        ----------
        task : str
            Name of the task.

        Returns
        -------
        known : dict of {str: float or tuple}
            Accuracy by model, or a pair of accuracy and standard error where that is known.
        """
        rows = self._select("SELECT * FROM accuracies WHERE task = ? ORDER BY model, run", (task,))
        values, errors = accuracies_by_task(rows).get(task, ({}, {}))
        return {
            model: (value, errors[model]) if model in errors else value
            for model, value in values.items()
        }

    def load(self, *, exclude=()):
        """
        Return all tasks, ready for :meth:`AccuracyPredictor.fit`.

        Parameters
        ----------
        exclude : sequence of str, default=()
            Names of tasks to leave out, such as the one to predict.

        Returns
        -------
        records : PastRecords
            `tasks` (each with `name` and `scores`), `accuracies` and `standard_errors` (dicts by
            model), for the tasks with the accuracies of at least two models.

        Notes
        -----
        The runs of a model are averaged. Of a metric that was recorded with several settings, the
        scores of the latest count, and a warning says how many others were left out.
        """
        if isinstance(exclude, str):
            msg = f"`exclude` must be a sequence of names, got {exclude!r}; put it into a list."
            raise TypeError(msg)
        with read_transaction(self.path) as connection:
            if connection is None:
                return PastRecords([], [], [])
            # The order of recording, so that the latest setting of a metric is the last.
            scores = connection.execute("SELECT * FROM scores ORDER BY recorded, rowid").fetchall()
            measured = connection.execute(
                "SELECT * FROM accuracies ORDER BY task, model, run"
            ).fetchall()
        scored, values = scores_by_task(scores), accuracies_by_task(measured)
        records = PastRecords([], [], [])
        for task in sorted(values):
            found, errors = values[task]
            if task in exclude or len(found) < 2:
                continue
            models = sorted({*scored.get(task, {}), *found})
            rows = {model: scored.get(task, {}).get(model, {}) for model in models}
            records.tasks.append(SimpleNamespace(name=task, scores=rows))
            records.accuracies.append(found)
            records.standard_errors.append(errors)
        return records

    def remove(self, task):
        """
        Remove a task with all that is known of it.

        Parameters
        ----------
        task : str
            Name of the task.
        """
        if task not in self.tasks():
            msg = f"{self!r} must hold the task to remove, got {task!r}."
            raise ValueError(msg)
        with write_transaction(self.path) as connection:
            connection.execute("DELETE FROM scores WHERE task = ?", (task,))
            connection.execute("DELETE FROM accuracies WHERE task = ?", (task,))
            connection.execute("DELETE FROM tasks WHERE name = ?", (task,))

    def to_columns(self):
        """
        Return everything as one flat table.

        Returns
        -------
        columns : dict of {str: list}
            "task", "model", "kind" ("accuracy" or "score"), "value", "metric", "parameters",
            "features", "run", "standard_error", "source", "recorded"; None where there is nothing.
        """
        with read_transaction(self.path) as connection:
            if connection is None:
                return {name: [] for name in COLUMNS}
            tables = [
                connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()
                for name in ("accuracies", "scores")
            ]
        return table_columns(*tables)

    def to_frame(self):
        """
        Return everything as a data frame; needs pandas.

        Returns
        -------
        frame : pandas.DataFrame
            The columns of `to_columns`.
        """
        import pandas as pd

        return pd.DataFrame(self.to_columns())

    def export(self, path):
        """
        Write everything to a file.

        Parameters
        ----------
        path : str or path
            A name that ends in .csv, or in .parquet, which needs pyarrow.
        """
        _, write = _functions_of(path)
        write(self.to_columns(), path)

    def import_table(self, table):
        """
        Add everything that a table holds, all of it or nothing.

        Parameters
        ----------
        table : str, path, mapping or data frame
            A .csv or .parquet file, or columns as `to_columns` returns them. Only "task", "model"
            and "value" are needed: they are accuracies then.

        Returns
        -------
        n_rows : int
            Number of rows that were added or replaced.
        """
        if isinstance(table, str | Path):
            read, _ = _functions_of(table)
            table = read(table)
        rows, now = check_columns(table), _now()
        with write_transaction(self.path) as connection:
            for row in rows:
                task, model = str(row["task"]), str(row["model"])
                recorded = row["recorded"] or now
                connection.execute(ADD_TASK, (task, recorded))
                if row["kind"] == "score":
                    values = row["metric"], row["parameters"] or "", row["value"], row["features"]
                    connection.execute(ADD_SCORE, (task, model, *values, recorded))
                else:
                    value = check_accuracy(task, model, row["value"])
                    error = standard_error_of(value, row["standard_error"], None)
                    values = row["run"], value, error, row["source"] or "measured"
                    connection.execute(ADD_ACCURACY, (task, model, *values, recorded))
        return len(rows)

    def _select(self, query, values=()):
        with read_transaction(self.path) as connection:
            return [] if connection is None else connection.execute(query, values).fetchall()


def _functions_of(path):
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        msg = f"A history is written to .csv or .parquet files, got {str(path)!r}."
        raise ValueError(msg)
    return _SUFFIXES[suffix]


def _now():
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _number(score):
    return None if np.isnan(score) else float(score)
