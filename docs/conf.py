"""How the pages are built: `sphinx-build -nW docs out`, as `nox -s docs` does.

The reference is made from the package itself, so that it cannot say anything else than the code.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

import cvsense_async  # noqa: E402

project = "cvsense-async"
author = "The cvsense-async authors"
project_copyright = author
version = release = cvsense_async.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "docstrings", "operations"]
exclude_patterns = ["_ext", "_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings: list[str] = []

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
maximum_signature_line_length = 96
add_module_names = False
nitpick_ignore_regex = [
    (r"py:.*", r"(?!cvsense_async\.).*"),  # what is not ours has no page here
    (r"py:.*", r"cvsense_async\.(screening|transport|api|session|webhook_\w+|sandbox)\..*"),  # ours, but not public
]

html_theme = "furo"
html_title = "cvsense-async"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6b5d", "color-brand-content": "#0b6b5d"},
    "dark_css_variables": {"color-brand-primary": "#5ccbb6", "color-brand-content": "#5ccbb6"},
}
