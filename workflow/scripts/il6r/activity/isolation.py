"""What becomes of each of many items, when the work on one of them may crash, hang or run out of memory?"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.reduction import ForkingPickler
from typing import TypeVar

from il6r.errors import InputError

# fork, since the others run the calling script a second time, and items need not be pickled.
_CONTEXT = multiprocessing.get_context("fork")
_EXPORT = "export it again with its maker's software, or leave it out"
_MEMORY = "give the job more memory, or leave it out"

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """Why there is no result.

    Attributes
    ----------
    sentence : for the user, without anything of the item but its label.
    detail : the traceback, for the log; empty where the sentence says it all.
    """

    sentence: str
    detail: str = ""


def each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int = 1,
    timeout_s: float | None = None,
    label: Callable[[Item], str] = str,
) -> Iterator[tuple[int, Result | Failure]]:
    """Call `function` on every item in child processes, so that what one item does to its process is its own.

    A child works on one item after the other, and is replaced when it has crashed or was stopped for
    taking too long. Children end with this process, however it ends.

    Parameters
    ----------
    function : takes an item and returns something that can be pickled; InputError is the user's mistake.
    workers : how many children at a time; the results do not depend on it.
    timeout_s : seconds an item may take; None for no limit.
    label : what sentences call an item.

    Yields
    ------
    (index, what `function` returned or a Failure), in the order of the items.
    """
    lifeline = os.pipe()
    crew: list[_Worker] = []
    results: dict[int, Result | Failure] = {}
    todo = iter(range(len(items)))
    try:
        for index in range(len(items)):
            while index not in results:
                _hand_out(todo, crew, workers, lambda: _Worker(function, items, label, lifeline))
                for worker, number in _ready(crew, timeout_s):
                    results[number] = worker.result(label(items[number]), timeout_s)
                    if worker.item is not None:
                        crew.remove(worker)
            yield index, results.pop(index)
    finally:
        for worker in crew:
            worker.stop()
        for end in lifeline:
            os.close(end)


class _Worker:
    """A child process, and the item it has in hand (None if it waits for one)."""

    def __init__(self, function, items, label, lifeline):
        self.pipe, theirs = _CONTEXT.Pipe()
        arguments = (function, items, label, theirs, lifeline)
        self.process = _CONTEXT.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        # So that its death is the end of the pipe, for children that are forked later too.
        theirs.close()
        self.item: int | None = None
        self.since = 0.0

    def give(self, number: int) -> None:
        """Hand over an item."""
        self.item, self.since = number, time.monotonic()
        # A child that has died in between is found dead by `result`.
        with contextlib.suppress(BrokenPipeError):
            self.pipe.send(number)

    def result(self, label: str, timeout_s: float | None):
        """What became of the item in hand; if the child is lost with it, `item` stays."""
        if not self.pipe.poll():
            self.stop()
            problem = f"it was not finished after {timeout_s:g} s"
            return _failure(label, problem, "give it more time, or leave it out")
        try:
            result = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            # A process that has been joined has ended.
            assert self.process.exitcode is not None
            return _crash(label, self.process.exitcode)
        self.item = None
        return result

    def stop(self) -> None:
        """End the child at once."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _hand_out(todo: Iterator[int], crew: list[_Worker], workers: int, hire: Callable) -> None:
    """Give items to idle workers, and hire up to `workers`, while there are items."""
    while (idle := next((one for one in crew if one.item is None), None)) or len(crew) < workers:
        number = next(todo, None)
        if number is None:
            return
        if idle is None:
            idle = hire()
            crew.append(idle)
        idle.give(number)


def _ready(crew: list[_Worker], timeout_s: float | None) -> list[tuple[_Worker, int]]:
    """Workers that have answered, died, or had their time, and the item of each."""
    busy = [(worker, worker.item) for worker in crew if worker.item is not None]
    if timeout_s is None:
        wait = None
    else:
        wait = max(0.0, min(worker.since for worker, _ in busy) + timeout_s - time.monotonic())
    answered = connection.wait([worker.pipe for worker, _ in busy], wait)
    late = time.monotonic() - (timeout_s or float("inf"))
    return [(worker, item) for worker, item in busy if worker.pipe in answered or worker.since <= late]


def _serve(function, items, label, pipe, lifeline) -> None:
    """What a child does: take a number, work on that item, send what became of it."""
    # Ctrl-C reaches the whole group; the parent says what there is to say.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.close(lifeline[1])
    threading.Thread(target=_die_with_parent, args=lifeline[:1], daemon=True).start()
    while True:
        try:
            item = items[pipe.recv()]
        except EOFError:
            return
        pipe.send_bytes(_attempt(function, item, label))


def _die_with_parent(lifeline: int) -> None:
    """The other end is the parent's alone, so this read ends when the parent does."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def _attempt(function, item, label) -> bytes:
    """The pickled result of `function`, or of the Failure it ended in."""
    try:
        return bytes(ForkingPickler.dumps(function(item)))
    except InputError as error:
        failure = Failure(str(error), traceback.format_exc() if error.__cause__ else "")
    except MemoryError:
        failure = _failure(label(item), "it does not fit in memory", _MEMORY, traceback.format_exc())
    # A reader may raise what is no Exception: SystemExit, or the panic of a compiled library.
    except BaseException as error:
        problem = f"reading it failed with {type(error).__name__}"
        remedy = f"see the traceback in the log; {_EXPORT}"
        failure = _failure(label(item), problem, remedy, traceback.format_exc())
    return bytes(ForkingPickler.dumps(failure))


def _crash(label: str, exit_code: int) -> Failure:
    if exit_code == -signal.SIGKILL:
        return _failure(label, "its process was killed, most likely for want of memory", _MEMORY)
    how = signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"
    return _failure(label, f"the program that reads it crashed ({how})", _EXPORT)


def _failure(label: str, problem: str, remedy: str, detail: str = "") -> Failure:
    return Failure(str(InputError(label, problem, remedy)), detail)
