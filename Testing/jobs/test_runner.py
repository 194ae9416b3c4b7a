"""Runner and worker, with real processes."""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from limits import largest_file
from worker_helpers import gone, start_odd_worker, tree, wait_until

from FluoroDenoiseLib.errors import Cancelled, OutputNotWritable, UnsuitableCine, WorkerFailed
from FluoroDenoiseLib.jobs import Runner, processes

FRAMES = np.random.default_rng(1).integers(0, 1000, (12, 64, 48)).astype(np.uint16)


def submit(runner, kind="double", frames=FRAMES, **arguments):
    kinds = {"result": (frames.shape, frames.dtype)}
    return runner.run(kind, arguments, {"frames": frames}, kinds, lambda result, arrays: (result, arrays["result"]))


def finished(job, seconds=15):
    assert job.wait(seconds), "the job did not end"
    return job.result()


def started(job, seconds=15):
    assert wait_until(lambda: job.poll() is not None and job.progress[0] > 0, seconds), "the job did not start"


def test_arrays_go_to_the_worker_and_come_back(runner):
    _, doubled = finished(submit(runner))
    np.testing.assert_array_equal(doubled, 2 * FRAMES)
    assert doubled.dtype == FRAMES.dtype


def test_the_result_stays_readable_after_the_runner_is_closed_and_nothing_stays_on_disk(runner, temporary_files):
    _, doubled = finished(submit(runner))
    runner.close()
    assert list(temporary_files.iterdir()) == []
    np.testing.assert_array_equal(doubled, 2 * FRAMES)


def test_patient_images_lie_in_a_folder_of_the_user_alone_and_vanish_once_both_sides_have_them(runner, temporary_files):
    job = submit(runner, seconds=0.05)
    (private,) = temporary_files.iterdir()
    assert private.stat().st_mode & 0o777 == 0o700
    started(job)
    assert list(private.iterdir()) == [], "the names should have vanished while the job runs"
    finished(job)


@pytest.mark.timed
def test_a_second_job_starts_in_the_warm_worker_within_0_3_seconds(runner):
    first, _ = finished(submit(runner))
    begun = time.monotonic()
    second, _ = finished(submit(runner))
    assert time.monotonic() - begun < 0.3
    assert second["pid"] == first["pid"]


def test_progress_is_reported_while_it_runs_and_ends_complete(runner):
    job = submit(runner, seconds=0.06)
    seen = []
    while not job.done:
        job.poll()
        seen.append(job.progress)
        time.sleep(0.005)
    assert seen[-1] == (12, 12)
    assert len({done for done, _ in seen}) >= 6


class Longest:
    """The longest of many calls: on the clock, and of this thread's own time (others on the machine do not count)."""

    clock = own = 0.0

    def of(self, call, *arguments, **named):
        clock, own = time.monotonic(), time.thread_time()
        result = call(*arguments, **named)
        self.clock, self.own = max(self.clock, time.monotonic() - clock), max(self.own, time.thread_time() - own)
        return result


@pytest.mark.timed
def test_neither_submitting_nor_polling_nor_the_result_holds_up_a_window_even_for_a_large_cine(runner):
    runner.start()
    large = np.ones((100, 1024, 1024), np.uint16)
    runs = []
    for _ in range(3):
        longest = Longest()
        job = longest.of(submit, runner, frames=large)
        assert not job.done
        while not job.done:
            longest.of(job.poll)
            time.sleep(0.001)
        assert longest.of(job.result)[1].shape == large.shape
        runs.append(longest)
    assert max(run.own for run in runs) < 0.05
    if os.getloadavg()[0] < os.cpu_count():  # on a crowded machine the clock tells of the others
        assert min(run.clock for run in runs) < 0.05


@pytest.mark.timed
def test_cancel_stops_the_job_and_keeps_the_worker(runner):
    pid = finished(submit(runner))[0]["pid"]
    job = submit(runner, seconds=0.1)
    started(job)
    begun = time.monotonic()
    job.cancel()
    with pytest.raises(Cancelled):
        finished(job)
    assert time.monotonic() - begun < 1
    assert finished(submit(runner))[0]["pid"] == pid


@pytest.mark.timed
def test_a_worker_that_ignores_cancel_is_killed_with_all_its_descendants_within_3_seconds(runner):
    job = submit(runner, "deaf")
    started(job)
    processes = tree(runner.pid)
    assert len(processes) >= 3, "worker, child and grandchild"
    begun = time.monotonic()
    job.cancel()
    with pytest.raises(Cancelled):
        finished(job)
    assert wait_until(lambda: gone(processes), 1)
    assert time.monotonic() - begun < 3
    np.testing.assert_array_equal(finished(submit(runner))[1], 2 * FRAMES)  # a new worker takes the next job


def test_a_job_cancelled_while_its_frames_are_copied_never_starts(runner):
    job = submit(runner, frames=np.ones((60, 1024, 1024), np.uint16))
    job.poll()
    job.cancel()
    assert job.done
    with pytest.raises(Cancelled):
        job.result()
    finished(submit(runner))


def test_a_killed_worker_is_a_named_error_with_its_last_words_and_leaves_no_files(runner, temporary_files):
    job = submit(runner, "suicidal")
    with pytest.raises(WorkerFailed, match=r"ended unexpectedly \(exit code -9\)(.|\n)*the last words"):
        finished(job)
    (private,) = temporary_files.iterdir()
    assert list(private.iterdir()) == []


def test_kill_9_in_the_middle_of_a_job_takes_the_descendants_along(runner):
    job = submit(runner, "deaf")
    started(job)
    processes = tree(runner.pid)
    processes[0].kill()
    with pytest.raises(WorkerFailed):
        finished(job)
    assert wait_until(lambda: gone(processes), 1)


def test_a_process_that_left_the_tree_and_holds_the_pipes_cannot_hang_the_job(runner):
    job = submit(runner, "abandoning")
    with pytest.raises(WorkerFailed, match="ended unexpectedly"):
        finished(job)
    psutil.Process(job.progress[0]).kill()


def test_a_named_error_comes_back_by_its_name(runner):
    with pytest.raises(UnsuitableCine, match="^Found constant frames.$"):
        finished(submit(runner, "faulty", error="UnsuitableCine", message="Found constant frames."))


def test_an_unexpected_error_comes_back_as_worker_failed_with_the_place_it_came_from(runner):
    with pytest.raises(WorkerFailed, match=r"KeyError(.|\n)*odd_kinds.py(.|\n)*in faulty"):
        finished(submit(runner, "faulty", error="KeyError", message="gone"))
    finished(submit(runner))


def test_an_unknown_kind_of_job_is_a_named_error(runner):
    with pytest.raises(WorkerFailed, match="'no such thing'; expected one of"):
        finished(submit(runner, "no such thing"))


def test_what_libraries_print_cannot_corrupt_the_protocol(runner):
    result, _ = finished(submit(runner, "talkative"))
    assert result == {"said": "everything"}


def test_a_worker_of_another_protocol_version_is_refused(temporary_files):
    with Runner(start=start_odd_worker("--protocol", "999")) as runner:
        with pytest.raises(WorkerFailed, match="protocol 999; expected 1"):
            finished(submit(runner))
        assert wait_until(lambda: not runner.alive, 2)


def test_two_runners_work_at_the_same_time(temporary_files):
    with Runner(start=start_odd_worker()) as one, Runner(start=start_odd_worker()) as other:
        jobs = [submit(one, seconds=0.05), submit(other, frames=FRAMES + 1, seconds=0.05)]
        for job in jobs:
            started(job)
        assert not any(job.done for job in jobs)
        results = [finished(job)[1] for job in jobs]
    np.testing.assert_array_equal(results[0], 2 * FRAMES)
    np.testing.assert_array_equal(results[1], 2 * FRAMES + 2)


def test_one_runner_takes_one_job_at_a_time(runner):
    job = submit(runner, seconds=0.05)
    with pytest.raises(RuntimeError, match="A job is running"):
        submit(runner)
    finished(job)


def test_an_idle_worker_ends_by_itself_and_the_next_job_starts_another(temporary_files):
    with Runner(start=start_odd_worker(), idle_timeout=0.4) as runner:
        first = finished(submit(runner))[0]["pid"]
        assert wait_until(lambda: not runner.alive, 3)
        assert finished(submit(runner))[0]["pid"] != first


def test_an_order_that_meets_a_worker_going_to_sleep_is_given_to_the_next(temporary_files):
    with Runner(start=start_odd_worker(), idle_timeout=0.3) as runner:
        finished(submit(runner))
        job = submit(runner)  # its frames are ready while the worker still runs, and are sent when it has ended
        assert wait_until(lambda: not runner.alive, 3)
        np.testing.assert_array_equal(finished(job)[1], 2 * FRAMES)


def test_the_worker_ends_when_its_parent_is_killed_and_takes_files_and_descendants_along(temporary_files):
    parent = processes.launch([sys.executable, str(Path(__file__).with_name("doomed_parent.py"))])
    assert parent.stdout.readline().strip() == b"running"
    workers = tree(parent.pid)[1:]
    assert len(workers) >= 3
    assert list(temporary_files.iterdir())
    parent.kill()
    assert wait_until(lambda: gone(workers), 3)
    assert wait_until(lambda: list(temporary_files.iterdir()) == [], 1)
    parent.communicate()


@pytest.mark.timed
def test_close_ends_the_worker_at_once_even_in_the_middle_of_a_job(runner):
    job = submit(runner, "deaf")
    started(job)
    processes, begun = tree(runner.pid), time.monotonic()
    runner.close()
    assert time.monotonic() - begun < 2.5
    assert wait_until(lambda: gone(processes), 1)
    with pytest.raises(Cancelled):
        job.result()


def test_a_runner_that_nobody_uses_any_more_leaves_no_worker(temporary_files):
    runner = Runner(start=start_odd_worker())
    finished(submit(runner))
    workers = tree(runner.pid)
    del runner
    gc.collect()
    assert wait_until(lambda: gone(workers), 3)
    assert wait_until(lambda: list(temporary_files.iterdir()) == [], 1)


def test_a_python_that_does_not_exist_is_a_named_error(temporary_files):
    with Runner(python="/no/such/python") as runner, pytest.raises(WorkerFailed, match="could not be started"):
        submit(runner)


def test_the_worker_gets_the_library_and_no_itk_plugins(monkeypatch):
    monkeypatch.setenv("ITK_AUTOLOAD_PATH", "/somewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = processes.environment()
    assert "ITK_AUTOLOAD_PATH" not in environment
    assert environment["PYTHONPATH"].endswith("/elsewhere")
    assert environment["PYTHONPATH"] != "/elsewhere"


@pytest.mark.parametrize("outputs", [{}, {"result": (FRAMES.shape, FRAMES.dtype)}])
def test_a_full_temporary_disk_is_named_and_leaves_nothing(runner, temporary_files, outputs):
    with largest_file(50_000), pytest.raises(OutputNotWritable, match="has no room for 0 MB of frames. Free some space"):
        finished(runner.run("double", {}, {"frames": FRAMES}, outputs, lambda result, arrays: None))
    (private,) = temporary_files.iterdir()
    assert list(private.iterdir()) == []
    finished(submit(runner))
