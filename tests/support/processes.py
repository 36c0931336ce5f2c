"""Python in a process of its own."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def run(*arguments, cwd=ROOT, timeout=60, **variables):
    """Run Python on the project, with variables of the environment besides.

    Return its exit status and all that it printed. What one process has compiled, the next
    one need not compile again.
    """
    path = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=str(cwd),
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        universal_newlines=True,
    )
    return done.returncode, done.stdout
