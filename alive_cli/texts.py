"""Texts of strangers, made safe to show."""

import unicodedata


def printable(text: str) -> str:
    """The text without control characters, because a stranger's file must not control the terminal, nor end a window.

    What isn't Unicode, as in the names of some files, becomes a question mark.
    """
    kept = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf"))
    return kept.encode("utf-8", "replace").decode()
