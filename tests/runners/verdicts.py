"""Compare the verdicts of several test runners on the same test cases.

``python verdicts.py`` runs the cases under each runner, each in a process of its own,
and fails where a test does not end as its name says (``test_failed_with_...``).
``python verdicts.py RUNNER`` prints the verdicts of one runner as JSON.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ["cases", "async_cases"]
VERDICTS = {
    "addSuccess": "passed",
    "addFailure": "failed",
    "addError": "error",
    "addSkip": "skipped",
    "addExpectedFailure": "expected",
    "addUnexpectedSuccess": "unexpected",
}


def recording(result_class):
    """Return a subclass of a result class, and the list of what its objects are told."""
    found = []

    def recorder(name, verdict):
        def add(self, test, *args, **kwargs):
            found.append((test.id(), verdict))
            getattr(result_class, name)(self, test, *args, **kwargs)

        return add

    def add_sub_test(self, test, subtest, error):
        if error is not None:
            is_failure = issubclass(error[0], test.failureException)
            found.append((test.id(), "failed" if is_failure else "error"))
        result_class.addSubTest(self, test, subtest, error)

    methods = {name: recorder(name, verdict) for name, verdict in VERDICTS.items()}
    return type("Recording", (result_class,), {**methods, "addSubTest": add_sub_test}), found


def loaded():
    return unittest.defaultTestLoader.loadTestsFromNames(MODULES)


def by_unittest():
    result_class, found = recording(unittest.TextTestResult)
    unittest.TextTestRunner(io.StringIO(), resultclass=result_class).run(loaded())
    return found


def by_pytest():
    import pytest

    found = {}

    class Plugin:
        def pytest_runtest_logreport(self, report):
            if report.when != "call" and report.passed:
                return
            verdict = report.outcome
            if hasattr(report, "wasxfail"):
                verdict = "expected"
            elif "Unexpected success" in str(report.longrepr):
                verdict = "unexpected"
            case, name = report.nodeid.split(".py::")[1].split("::")
            verdicts = found.setdefault(f"{case}.{name}", [])
            # A test passes in its own right when one of its subtests has failed.
            if not (verdicts and report.passed):
                verdicts.append(verdict)

    files = [f"{module}.py" for module in MODULES]
    pytest.main(["-p", "no:terminal", "-p", "no:cacheprovider", *files], [Plugin()])
    return [(test, verdict) for test, verdicts in found.items() for verdict in verdicts]


def by_django(modules=MODULES, parallel=0):
    # By the environment, which a process that is not forked reads as well.
    os.environ["DJANGO_SETTINGS_MODULE"] = "django.conf.global_settings"

    import django
    from django.test.runner import DiscoverRunner

    django.setup()
    result_class, found = recording(unittest.TextTestResult)

    class Runner(DiscoverRunner):
        def run_suite(self, suite, **kwargs):
            return self.test_runner(io.StringIO(), resultclass=result_class).run(suite)

    Runner(verbosity=0, parallel=parallel).run_tests(modules)
    return found


def by_django_parallel():
    # Django cannot send an IsolatedAsyncioTestCase to another process.
    return by_django(["cases"], 2)


def by_testtools():
    import testtools.run

    result_class, found = recording(testtools.TextTestResult)
    testtools.run.TextTestResult = result_class
    testtools.run.TestToolsTestRunner(stdout=io.StringIO()).run(loaded())
    return found


def by_trial():
    from twisted.trial.reporter import Reporter
    from twisted.trial.runner import TrialRunner

    result_class, found = recording(Reporter)
    # Trial cannot print the expected failure of a test that is not its own.
    result_class.done = lambda self: None
    with tempfile.TemporaryDirectory() as directory:
        directory = os.path.join(directory, "trial")
        TrialRunner(result_class, stream=io.StringIO(), workingDirectory=directory).run(loaded())
    return found


RUNNERS = {
    "unittest": by_unittest,
    "pytest": by_pytest,
    "django": by_django,
    "django-parallel": by_django_parallel,
    "testtools": by_testtools,
    "trial": by_trial,
}
RUNS = [
    ("unittest", "unittest.TestCase"),
    ("pytest", "unittest.TestCase"),
    ("django", "unittest.TestCase"),
    ("django", "django.test.SimpleTestCase"),
    ("django-parallel", "unittest.TestCase"),
    ("django-parallel", "django.test.SimpleTestCase"),
    ("testtools", "unittest.TestCase"),
    ("testtools", "testtools.TestCase"),
    ("trial", "unittest.TestCase"),
]
ALIKE = {
    ("pytest", "unittest.TestCase"): "pytest has no errors, only failures",
    ("testtools", "testtools.TestCase"): "testtools has errors of its own for setUp and tearDown",
}
"""Runs in which an error and a failure count as the same, and why."""


def verdicts_of(runner, base):
    """Return the verdicts of one run, a list for each test."""
    found = {}
    env = dict(os.environ, VERDICTS_BASE=base, PYTHONPATH=os.path.join(HERE, "..", ".."))
    command = [sys.executable, os.path.abspath(__file__), runner]
    output = subprocess.run(command, cwd=HERE, env=env, stdout=subprocess.PIPE, check=True).stdout
    for test, verdict in json.loads(output.splitlines()[-1].decode()):
        if (runner, base) in ALIKE and verdict == "error":
            verdict = "failed"
        found.setdefault(".".join(test.split(".")[-2:]), []).append(verdict)
    return found


def wanted(test, runner, base):
    """Return the verdict that stands in the name of a test."""
    verdict = test.split(".test_")[1].split("_")[0]
    return "failed" if (runner, base) in ALIKE and verdict == "error" else verdict


def printed_by_pytest():
    """Return what pytest prints of failing tests: frames of the package, and a password."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "functions.py"]
    env = dict(os.environ, PYTHONPATH=os.path.join(HERE, "..", ".."))
    done = subprocess.run(command, cwd=HERE, env=env, stdout=subprocess.PIPE)
    output = done.stdout.decode()
    wrong = [each for each in ("_play/", "s3cret") if each in output]
    return wrong if "2 failed" in output else [output]


def main():
    """Run everything, print a line for each run and deviation; return how many deviate."""
    deviations = 0
    cases = {".".join(test.id().split(".")[-2:]) for suite in loaded() for test in _tests(suite)}
    for runner, base in RUNS:
        found = verdicts_of(runner, base)
        names = {name for name in cases if runner != "django-parallel" or "Async" not in name}
        wrong = [
            f"    {test}: {', '.join(found.get(test, ['not run']))}"
            for test in sorted(names | set(found))
            if found.get(test) != [wanted(test, runner, base)]
        ]
        deviations += len(wrong)
        print(f"{runner} with {base}: {len(found)} tests, {len(wrong)} deviations", flush=True)
        print("".join(f"{line}\n" for line in wrong), end="")
    wrong = printed_by_pytest()
    print(f"pytest with functions: {len(wrong)} deviations", *wrong, sep="\n    ")
    return deviations + len(wrong)


def _tests(suite):
    for each in suite:
        yield from _tests(each) if isinstance(each, unittest.TestSuite) else [each]


if __name__ == "__main__":
    sys.path[:0] = [HERE, os.path.join(HERE, "..", "..")]
    if len(sys.argv) > 1:
        print("\n" + json.dumps(RUNNERS[sys.argv[1]]()))
    else:
        sys.exit(min(main(), 1))
