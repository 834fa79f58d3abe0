"""Builds the documentation of projects as `mkdocs build --strict` does: documentation.py FOLDER…"""

import logging
import sys
import tempfile
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

logging.basicConfig(level=logging.WARNING)
for folder in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as site:
        config = load_config(f"{folder}/mkdocs.yml", strict=True, site_dir=site)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
        assert (Path(site) / "index.html").exists(), f"{folder} has no first page"
