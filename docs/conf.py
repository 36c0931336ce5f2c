"""Sphinx settings: ``tox -e docs`` builds the site into docs/_build/html."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import bigfoot_smtp  # noqa: E402

project = "bigfoot_smtp"
copyright = "the bigfoot_smtp developers"
release = bigfoot_smtp.__version__
extensions = ["sphinx.ext.autodoc"]
# The parts of the page of messages are included there.
exclude_patterns = ["_build", "examples", "moving/legacy", "reference/messages"]
html_theme = "furo"
html_title = f"bigfoot_smtp {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
# What a test prints is no program: no colours, and a frame of its own in site.css.
highlight_language = "python"
# The types stand in the descriptions of the parameters.
autodoc_typehints = "none"
autodoc_mock_imports = ["django"]
