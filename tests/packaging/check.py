"""Build wheel and sdist, and see that both are complete: ``python check.py DIRECTORY``.

The directory is for what is built; it is made anew. Needs ``build`` and ``twine``.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from glob import glob

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def run(*command, **kwargs):
    """Run a command and return what it prints; end with its output where it fails."""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", **kwargs
    )
    if result.returncode:
        sys.exit(f"{result.stdout}\n{' '.join(command)} failed")
    return result.stdout


def python_of(environment):
    """Make an empty virtual environment and return its Python."""
    run(sys.executable, "-m", "venv", environment)
    return os.path.join(environment, "Scripts" if os.name == "nt" else "bin", "python")


def checkout(target):
    """Copy what is under version control, as it is now."""
    for name in run("git", "ls-files", cwd=ROOT).splitlines():
        os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
        shutil.copy(os.path.join(ROOT, name), os.path.join(target, name))


def main(directory):
    shutil.rmtree(directory, ignore_errors=True)
    source, dist = os.path.join(directory, "source"), os.path.join(directory, "dist")
    checkout(source)
    run(sys.executable, "-m", "build", "--outdir", dist, source)
    (wheel,), (sdist,) = glob(os.path.join(dist, "*.whl")), glob(os.path.join(dist, "*.tar.gz"))
    print(run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist), end="")

    names = zipfile.ZipFile(wheel).namelist()
    if "bigfoot_smtp/py.typed" not in names:
        sys.exit("the wheel has no py.typed")
    outside = [name for name in names if not name.startswith("bigfoot_smtp")]
    if outside:
        sys.exit(f"the wheel has more than the package: {outside}")
    print(f"the wheel has the package alone, {len(names)} files, and py.typed")

    with tarfile.open(sdist) as archive:
        archive.extractall(
            directory, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {})
        )
    unpacked = os.path.join(directory, os.path.basename(sdist)[: -len(".tar.gz")])
    empty = python_of(os.path.join(directory, "for_tests"))
    for arguments in [], ["discover", "-s", "docs/examples"]:
        output = run(empty, "-W", "error", "-m", "unittest", *arguments, cwd=unpacked)
        print("the tests of the sdist pass:", " ".join(output.splitlines()[-3:]))

    empty = python_of(os.path.join(directory, "for_install"))
    run(empty, "-m", "pip", "uninstall", "-y", "setuptools")
    run(empty, "-m", "pip", "install", source)
    listed = run(empty, "-m", "pip", "list", "--format=freeze", "--exclude=pip").split()
    installed = [line for line in listed if "==" in line]
    if [line.split("==")[0].replace("-", "_") for line in installed] != ["bigfoot_smtp"]:
        sys.exit(f"pip install . brought {installed}")
    run(empty, "-W", "error", "-c", "import bigfoot_smtp", cwd=directory)
    print("pip install . brings", *installed)


if __name__ == "__main__":
    main(sys.argv[1])
