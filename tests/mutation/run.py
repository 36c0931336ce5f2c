"""Try each change of a session of cosmic-ray: ``python run.py SESSION``.

SESSION is the database that ``cosmic-ray init`` wrote. The verdicts go into it, so that a run
that was stopped goes on where it was, and ``cr-rate`` and ``cr-report`` read them.

This takes the place of ``cosmic-ray exec``, which starts all tests anew for each change and
takes hours. Here a change is made in a copy of the project, one for each processor, and a
child process runs the tests that reach the changed lines, the module's own first, and then
the others of the folder that has the module's tests. The first failure is the last. What
other tests reach by a process of their own is not known, so a few more changes seem to live.
"""

import compileall
import contextlib
import io
import os
import pathlib
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import unittest
import unittest.mock

import coverage
from cosmic_ray import mutating, plugins
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
# A test that takes longer waits for ever, and so has noticed the change.
MOST_SECONDS = 20
_THE_SAME = ("_Is_Eq", "_IsNot_NotEq")


class Tests:
    """All tests, and which of them reach each line: what ``reach.py`` wrote."""

    def __init__(self, folder):
        data = coverage.CoverageData(os.path.join(folder, "reached"))
        data.read()
        self.all = pathlib.Path(folder, "tests").read_text().splitlines()
        self._reaching = {
            os.path.relpath(each, PROJECT): data.contexts_by_lineno(each)
            for each in data.measured_files()
        }

    def near(self, mutation):
        """Return the tests that a change concerns, the nearest first.

        A line without a test is run by the import, for all of them.
        """
        source = mutation.module_path
        reaching = self._reaching.get(str(source), {})
        lines = range(mutation.start_pos[0], mutation.end_pos[0] + 1)
        found = {name for line in lines for name in reaching.get(line, [""])}
        if "" in found:
            found = set(self.all)
        folder = source.parts[1].lstrip("_") if len(source.parts) > 2 else "testcase"
        home = f"tests.{folder}."
        own = f"{home}test_{source.stem}"

        def distance(name):
            return name not in found, module_of(name) != own, not name.startswith(home)

        names = [name for name in self.all if name in found or name.startswith(home)]
        return sorted(names, key=distance)


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        signal.alarm(MOST_SECONDS)


def module_of(name):
    """Return the module of a test, as in "tests.play.test_tls.Handshakes.test_it"."""
    return ".".join(name.split(".")[:3])


def run(names):
    """Run tests module by module, and return what is printed of the first failure."""
    modules = {}
    for name in names:
        modules.setdefault(module_of(name), []).append(name)
    for names in modules.values():
        stream = io.StringIO()
        runner = unittest.TextTestRunner(
            stream, failfast=True, resultclass=Result, warnings="error"
        )
        tests = unittest.defaultTestLoader.loadTestsFromNames(names)
        if not runner.run(tests).wasSuccessful():
            return stream.getvalue()
    return ""


def failure(names):
    """Run tests in a child process, and return what is printed of the first failure."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if not child:
            status = 1
            try:
                os.setsid()
                for stream in 0, 1, 2:
                    os.dup2(printed.fileno(), stream)
                text = run(names)
                os.write(1, text.encode("utf-8", "backslashreplace"))
                status = int(bool(text))
            except BaseException:
                traceback.print_exc()  # a change that breaks the import
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if not status:
            return ""
        printed.seek(0)
        return f"status {status}\n" + printed.read().decode("utf-8", "replace")


def attempt(mutation, tests):
    """Make a change, run the tests and return the result."""
    operator = plugins.get_operator(mutation.operator_name)(**mutation.operator_args)
    with mutating.use_mutation(mutation.module_path, operator, mutation.occurrence) as texts:
        output = failure(tests.near(mutation))
    return WorkResult(
        worker_outcome=WorkerOutcome.NORMAL,
        output=output,
        test_outcome=TestOutcome.KILLED if output else TestOutcome.SURVIVED,
        diff="\n".join(mutating._make_diff(*texts, mutation.module_path)),
    )


def work(session, items, copy, tests):
    """Try changes in a copy of the project."""
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".git", ".tox", ".venv"))
    # By their contents: a source may change twice in a second.
    by_hash = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(copy, quiet=1, force=True, invalidation_mode=by_hash)
    os.chdir(copy)
    sys.path[0] = copy
    unchanged = failure(tests.all)
    if unchanged:
        print(unchanged, flush=True)
        return 1
    with use_db(session, WorkDB.Mode.open) as database:
        for item in items:
            (mutation,) = item.mutations
            database.set_result(item.job_id, attempt(mutation, tests))
    return 0


def leave_out_the_same(database):
    """Take ``==`` for ``is`` out of a session that has no verdict yet.

    Both find the same among what has no equal beside itself, as a class or a sentinel, and that
    is nearly all that the package compares by ``is``.
    """
    if not database.num_results:
        items = list(database.work_items)
        database.clear()
        database.add_work_items(
            item for item in items if not item.mutations[0].operator_name.endswith(_THE_SAME)
        )


def main(session):
    count = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, str(HERE / "reach.py"), folder], cwd=PROJECT, check=True)
        tests = Tests(folder)
        with use_db(session, WorkDB.Mode.open) as database:
            leave_out_the_same(database)
            items = list(database.pending_work_items)
        for number in range(count):
            if not os.fork():
                status = 1
                try:
                    copy = os.path.join(folder, str(number))
                    status = work(session, items[number::count], copy, tests)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(status)
        return any([os.wait()[1] for _ in range(count)])


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
