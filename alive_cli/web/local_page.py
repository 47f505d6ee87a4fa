"""A page that a command serves to this machine alone, with a style sheet and a script of its own."""

import html
import json
from collections.abc import Mapping
from typing import Any

from alive_cli.errors import InputError
from alive_cli.web.page import NOT_BUILT, STYLE_NAME, built_file, filled, plain_text, resource

LOCAL_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Such a page loads nothing foreign, evaluates no text as code, and no other page may frame it."""


class LocalPage:
    """A page, and the files that it needs."""

    policy = LOCAL_POLICY

    def __init__(self, name: str, title: str, ratio: float, session: Mapping[str, Any]) -> None:
        """Make the page.

        Args:
            name: the page is `name`.html and `name`.css in this package, and `name`.js in `dist`.
            title: any text, perhaps of a stranger.
            ratio: width ÷ height of the picture that the page shows.
            session: what the command says to the script, as JSON.

        Raises:
            InputError: the player, which includes the script, is not built.
        """
        script = f"{name}.js"
        if not built_file(script).is_file():
            raise InputError(NOT_BUILT)
        values = {"TITLE": plain_text(title), "SESSION": html.escape(json.dumps(session))}
        page = filled(f"{name}.html", values)
        styles = {each: resource(each).replace("RATIO", f"{ratio:.4f}") for each in (STYLE_NAME, f"{name}.css")}
        self.files: dict[str, tuple[str, bytes]] = {
            "": ("text/html; charset=utf-8", page.encode()),
            script: ("text/javascript; charset=utf-8", built_file(script).read_bytes()),
            **{each: ("text/css; charset=utf-8", text.encode()) for each, text in styles.items()},
        }
        """The content type and the bytes of each file by its path; that of the page itself is empty."""
