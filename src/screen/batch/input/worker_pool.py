"""Case files read in processes of their own: Python reads one at a time in each.

In: the book, and chunks of case files. Out: what each holds, in pieces that every process has work with. They are begun
before anything else that takes time to load, and load none of it themselves: a process is ready in a fifth of a second.
Whoever waits for them reads too: the pieces that no process has taken yet.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import util

from screen.batch.input.case_files import CaseFileReader, CaseRows
from screen.batch.input.sources import CaseSource
from screen.process import forbid_core_dumps
from screen.rulebook.model import RuleBook

FILES_PER_TASK = 500  # case files that a process takes at a time: a twentieth of a second


class WorkerPool:
    """Processes that read case files; use as a context."""

    def __init__(self, book: RuleBook, jobs: int, *, keep_annotations: bool) -> None:
        self._pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (book, keep_annotations))
        # A process takes the book through a pipe, which somebody has to stand beside until it is up.
        self._beside = ThreadPoolExecutor(1)
        self._begun = self._beside.submit(self._ready, jobs)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            # Whoever was interrupted ends the processes and leaves; to take leave of the pool would wait for them. One
            # that has not got the whole book yet would complain.
            wait([self._begun], timeout=2)
            return
        for pool in (self._beside, self._pool):
            pool.shutdown(wait=kind is None, cancel_futures=True)

    def _ready(self, jobs: int) -> None:
        # A process takes over what the thread that begins it does not listen to. One that an interruption ended before
        # it had the book would leave this thread waiting for good.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
        for _ in range(jobs):
            self._pool.submit(_gathered, ())

    def start_reading(self, paths: Sequence[str]) -> PendingRead:
        """Begin to read these files. `together` waits for what they hold."""
        pieces = [paths[first : first + FILES_PER_TASK] for first in range(0, len(paths), FILES_PER_TASK)]
        return PendingRead(
            pieces, self._beside.submit(lambda: [self._pool.submit(_gathered, piece) for piece in pieces])
        )


@dataclass(frozen=True, slots=True)
class PendingRead:
    """Files whose reading was begun, piece by piece, and what will hold them."""

    pieces: Sequence[Sequence[str]]
    futures: Future[list[Future[CaseRows]]]


def collect(begun: PendingRead, files: CaseFileReader) -> CaseRows:
    """Return what files hold whose reading was begun; `files` reads here what no process has taken, from the end on."""
    readings = begun.futures.result()
    last, here = len(readings) - 1, dict[int, CaseRows]()
    found = CaseRows()
    for at, reading in enumerate(readings):
        while not reading.done() and readings[last].cancel():
            here[last] = files.read_files(begun.pieces[last])
            last -= 1
        found.extend(here.pop(at) if at in here else reading.result())
    return found.pad_columns()


def start_workers(
    book: RuleBook, sources: Sequence[CaseSource], jobs: int, *, keep_annotations: bool
) -> WorkerPool | None:
    """Return processes for the case files of these sources, or None where they are read before one has begun."""
    files = sum(len(one.paths) for one in sources if one.format == "case")
    processes = min(
        max(1, jobs - 1), files // (2 * FILES_PER_TASK)
    )  # whoever begins them has tables to make and to score
    return WorkerPool(book, processes, keep_annotations=keep_annotations) if processes and jobs > 1 else None


_files: CaseFileReader | None = None  # of a process that reads


def _begin(book: RuleBook, words: bool) -> None:
    global _files
    _files = CaseFileReader(book, keep_annotations=words)
    tie_to_parent()


def tie_to_parent() -> None:
    """Leave it to the process that began this one to tell of an interruption, and end when that one does.

    A process that is killed cannot end those that it began: they would wait for work for good, and hold what it wrote
    to open, so that whoever reads that would wait with them.
    """
    forbid_core_dumps()  # what the process that began this one asked for is forgotten when a program starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def kill_processes() -> None:
    """End the processes that this one began, and give back what they shared with it, without waiting for anything.

    What they were doing is worked out again by the run that goes on. To shut their pool down would wait for threads
    that may wait for a process that is gone.
    """
    for process in multiprocessing.active_children():
        process.kill()
    # What leaving by the usual way would do; else shared locks are told as leaked. Its types do not know the name.
    util._run_finalizers(0)  # type: ignore[attr-defined]


def _gathered(paths: Sequence[str]) -> CaseRows:
    assert _files is not None
    return _files.read_files(paths)
