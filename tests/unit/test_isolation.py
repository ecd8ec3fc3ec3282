"""One item's crash, exit, hang or exception is that item's own; the others have their results."""

import faulthandler
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import REPO

from il6r.activity.isolation import each
from il6r.errors import InputError


def act(item):
    """What the item's name says."""
    faulthandler.disable()
    if item == "abort":
        os.abort()
    if item == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "exit":
        sys.exit(3)
    if item == "hard exit":
        os._exit(3)
    if item == "hang":
        time.sleep(60)
    if item == "bug":
        return {}["participant 1234567"]
    if item == "memory":
        raise MemoryError
    if item == "mistake":
        raise InputError("a.cwa", "it is empty", "give another")
    if item == "damage":
        try:
            int("x")
        except ValueError as error:
            raise InputError("a.cwa", "it is damaged", "copy it again") from error
    if item == "closure":
        return lambda: None
    return item.upper(), os.getpid()


EXPORT = "export it again with its maker's software, or leave it out"
MEMORY = "give the job more memory, or leave it out"
SENTENCES = {
    "abort": f"<abort>: the program that reads it crashed (SIGABRT); {EXPORT}.",
    "segfault": f"<segfault>: the program that reads it crashed (SIGSEGV); {EXPORT}.",
    "killed": f"<killed>: its process was killed, most likely for want of memory; {MEMORY}.",
    "exit": f"<exit>: reading it failed with SystemExit; see the traceback in the log; {EXPORT}.",
    "hard exit": f"<hard exit>: the program that reads it crashed (exit code 3); {EXPORT}.",
    "bug": f"<bug>: reading it failed with KeyError; see the traceback in the log; {EXPORT}.",
    "memory": f"<memory>: it does not fit in memory; {MEMORY}.",
    "mistake": "a.cwa: it is empty; give another.",
    "damage": "a.cwa: it is damaged; copy it again.",
    "closure": f"<closure>: reading it failed with AttributeError; see the traceback in the log; {EXPORT}.",
}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_way_to_fail_is_one_sentence_and_the_others_have_their_results(workers):
    items = [name for bad in SENTENCES for name in ("one", bad, "two")]
    found = list(each(act, items, workers=workers, label=lambda item: f"<{item}>"))
    assert [index for index, _ in found] == list(range(len(items)))
    for item, (_, result) in zip(items, found, strict=True):
        if item in SENTENCES:
            # Pythons differ in what they raise for what cannot be pickled.
            assert result.sentence.replace("PicklingError", "AttributeError") == SENTENCES[item]
        else:
            assert result[0] == item.upper()


def test_the_traceback_is_for_the_log_where_the_sentence_does_not_say_all():
    bug, mistake, damage = [result for _, result in each(act, ["bug", "mistake", "damage"])]
    assert "participant" not in bug.sentence
    assert "KeyError: 'participant 1234567'" in bug.detail
    assert mistake.detail == ""
    assert "ValueError" in damage.detail


def test_a_child_goes_on_until_it_crashes():
    processes = [
        result[1]
        for _, result in each(act, ["a", "b", "mistake", "c", "abort", "d"])
        if type(result) is tuple
    ]
    assert processes[0] == processes[1] == processes[2] != processes[3]
    assert os.getpid() not in processes


def test_large_results_come_back_whole():
    sums = [
        result.sum() for _, result in each(lambda n: np.full(n, 1.0), [3_000_000, 10, 1_000_000], workers=2)
    ]
    assert sums == [3_000_000, 10, 1_000_000]


def test_an_item_that_hangs_is_stopped_and_the_next_one_is_worked_on():
    hung, done = [result for _, result in each(act, ["hang", "two"], timeout_s=2)]
    assert hung.sentence == "hang: it was not finished after 2 s; give it more time, or leave it out."
    assert done[0] == "TWO"


def test_two_workers_work_at_the_same_time(tmp_path):
    def meet(mine, other):
        (tmp_path / mine).touch()
        end = time.monotonic() + 30
        while not (tmp_path / other).exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        return mine

    met = each(lambda pair: meet(*pair), [("a", "b"), ("b", "a")], workers=2)
    assert [result for _, result in met] == ["a", "b"]


def test_nothing_is_done_without_items_and_no_child_outlives_a_caller_that_stops_early():
    assert list(each(act, [])) == []
    results = each(lambda _: os.getpid(), range(5), workers=2)
    _, child = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_children_end_with_their_parent_however_it_ends(tmp_path, blow):
    script = tmp_path / "parent.py"
    # Like a Snakemake script: no guard against being run a second time.
    script.write_text(
        "import os, signal, time\n"
        "from il6r.activity.isolation import each\n"
        # Which a shell sets to be ignored in what it runs in the background.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def work(item):\n"
        "    os.write(1, f'{os.getpid()}\\n'.encode())\n"
        "    time.sleep(60)\n"
        "list(each(work, ['a', 'b'], workers=2))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPO / "workflow" / "scripts")},
    )
    children = [int(parent.stdout.readline()) for _ in range(2)]
    assert len(set(children)) == 2
    parent.send_signal(blow)
    # What they write to ends when the last of them has ended.
    assert parent.communicate(timeout=30)[0] == ""
