"""Python in a process of its own."""

import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
# What one process has compiled, the next one need not compile again; it goes with the tests.
_COMPILED = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _COMPILED, ignore_errors=True)


def run(*arguments, cwd=ROOT, timeout=60, **variables):
    """Run Python on the project, with variables of the environment besides.

    Return its exit status and all that it printed.
    """
    path = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    compiled = {"PYTHONPYCACHEPREFIX": _COMPILED, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=str(cwd),
        env={**os.environ, "PYTHONPATH": path, **compiled, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        universal_newlines=True,
    )
    return done.returncode, done.stdout
