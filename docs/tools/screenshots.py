"""Take pictures of the built site: ``python -m docs.tools.screenshots``, after ``tox -e docs``.

They are ``docs/_build/screenshots/PAGE-WIDTH.png``, and ``PAGE-WIDTH-dark.png``.
"""

import pathlib
import subprocess
import sys
import tempfile
from typing import List

DOCS = pathlib.Path(__file__).parent.parent
SITE, PICTURES = DOCS / "_build" / "html", DOCS / "_build" / "screenshots"
PAGES = ("index", "start/tutorial", "reference/states", "reference/messages", "reference/api")
WIDTHS = (1200, 390)
# The browser does not make a window of less than 500 points: a narrow page stands in a frame.
FRAME = (
    '<body style="margin:0"><iframe src="{url}"'
    ' style="border:0;width:{width}px;height:{height}px"></iframe>'
)


def command(url: str, picture: pathlib.Path, width: int, height: int, dark: bool) -> List[str]:
    """Return the command that takes a picture of a page."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += ["--allow-file-access-from-files"]
    options += ["--blink-settings=preferredColorScheme=0"] * dark
    options += [f"--window-size={width},{height}", f"--screenshot={picture}"]
    return ["chromium", *options, url]


def take(page: str, width: int, height: int, dark: bool) -> pathlib.Path:
    """Take the picture of a page, and return its file."""
    name = f"{page.rpartition('/')[2]}-{width}{'-dark' * dark}.png"
    url = (SITE / f"{page}.html").as_uri()
    with tempfile.TemporaryDirectory() as folder:
        frame = pathlib.Path(folder, "frame.html")
        frame.write_text(FRAME.format(url=url, width=width, height=height), encoding="utf-8")
        taken = command(frame.as_uri(), PICTURES / name, width, height, dark)
        subprocess.run(taken, check=True, timeout=120, stderr=subprocess.DEVNULL)
    return PICTURES / name


def main() -> None:
    """Take all pictures, light and dark."""
    if not SITE.exists():
        sys.exit("there is no site; build it with: tox -e docs")
    PICTURES.mkdir(exist_ok=True)
    for page in PAGES:
        for width in WIDTHS:
            for dark in (False, True):
                print(take(page, width, 2400, dark))


if __name__ == "__main__":
    main()
