"""Progress: what is going on, on stderr; a bar where someone watches, lines where nobody does."""

import sys
import time


class Progress:
    """
    Tell how far an extraction has come.

    Parameters
    ----------
    n_models, n_rows : int
        How much there is to do.
    verbose : int
        0 says nothing, not even of failures: they are in the result.
    """

    def __init__(self, n_models, n_rows, verbose=1):
        self.n_models, self.n_rows, self.verbose = n_models, n_rows, verbose
        self._bar = _rich_bar() if verbose and _is_watched() else None
        self._done = 0

    def __enter__(self):
        if self._bar is not None:
            self._bar.start()
            self._all = self._bar.add_task("all models", total=self.n_models * self.n_rows)
        return self

    def __exit__(self, *exception):
        if self._bar is not None:
            self._bar.stop()

    def start(self, name):
        """Begin with a model."""
        self._started, self._rows = time.perf_counter(), 0
        if self._bar is not None:
            self._task = self._bar.add_task(name, total=self.n_rows)

    def advance(self, n_rows):
        """Count rows of the model that is being run."""
        self._rows += n_rows
        if self._bar is not None:
            self._bar.advance(self._task, n_rows)
            self._bar.advance(self._all, n_rows)

    def restart(self, batch_size):
        """Begin the model again, with smaller batches."""
        if self._bar is not None:
            self._bar.advance(self._all, -self._rows)
            self._bar.reset(self._task)
        self._rows = 0
        self.say(f"out of memory; again with batch size {batch_size}")

    def finish(self, name, text):
        """End with a model, and say what came of it."""
        self._done += 1
        if self._bar is not None:
            if hasattr(self, "_task"):
                self._bar.remove_task(self._task)
                del self._task
            self._bar.update(self._all, completed=self._done * self.n_rows)
        self.say(f"[{self._done}/{self.n_models}] {name}: {text}")

    def say(self, text):
        """Write one line."""
        if not self.verbose:
            return
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        elif sys.stderr is not None:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


def _is_watched():
    return sys.stderr is not None and sys.stderr.isatty()


def _rich_bar():
    """Return the bars of rich, None where it is not installed."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining
    except ImportError:
        return None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} rows"),
        TaskProgressColumn("", show_speed=True),
        Remaining(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
