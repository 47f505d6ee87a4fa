"""Checks whether a result can be written to its place, made before the work and not after it."""

import tempfile
from pathlib import Path

from alive_cli.errors import OutputError


def check_output(path: Path, *, force: bool = False, suffixes: tuple[str, ...] = ()) -> None:
    """Refuse an output path that can't or shouldn't be written.

    Args:
        path: the file to be written.
        force: allow it to replace an existing file.
        suffixes: allowed endings; empty for any.

    Raises:
        OutputError: it exists, is a folder, its folder is missing or read-only, or its ending is unknown.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        known = " or ".join(filter(None, [", ".join(suffixes[:-1]), suffixes[-1]]))
        raise OutputError(f"{path.name} can't be written: choose a name that ends in {known}.")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise OutputError(f"The folder {path.parent} doesn't exist; create it or choose another place.")
    if path.exists() and not force:
        raise OutputError(f"{path} exists already; use --force to replace it, or choose another name.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise OutputError(f"The folder {path.parent} can't be written ({reason}); choose another place.") from None
