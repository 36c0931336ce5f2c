"""Sphinx settings: ``sphinx-build -W -b html docs docs/_build/html`` from the root."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import bigfoot_smtp  # noqa: E402

project = "bigfoot_smtp"
copyright = "the bigfoot_smtp developers"
release = bigfoot_smtp.__version__
extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build", "examples", "legacy"]
html_theme = "classic"
html_theme_options = {"body_max_width": "none"}
html_show_copyright = False
# The types stand in the descriptions of the parameters.
autodoc_typehints = "none"
autodoc_mock_imports = ["django"]
