"""Opening the bundle that a user named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alive_cli.errors import InputError
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.errors import BundleError

PHOTOGRAPH = "flowing"
"""The recipe of a photograph that flows has this name."""


def open_bundle(path: Path, *, to_play: bool = False) -> Bundle:
    """Read and verify a bundle; every error names the file. `to_play` is that of `read_bundle`.

    Raises:
        InputError: there is no such file, or it can't be read.
        BundleError: the file is not a bundle, or is damaged, unsafe or too new.
    """
    with named_errors(path):
        return read_bundle(path, to_play=to_play)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn the errors of reading a bundle into messages that name the user's file.

    Raises:
        InputError: there is no such file, or it can't be read.
        BundleError: the original error, with the name of the file.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give one .alive file.")
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path, or make one with alive fit.") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {(error.strerror or 'unknown reason').lower()}.") from None
    except BundleError as error:
        raise type(error)(f"{path.name}: {error}") from error


def is_photograph(bundle: Bundle) -> bool:
    """Whether a scene was made from one photograph, so that there is no clip to compare with or to train on."""
    return bundle.manifest.recipe.name == PHOTOGRAPH


def is_painting(bundle: Bundle) -> bool:
    """Whether a scene shows a painting, which moves as a clip did: its pictures can't be compared with that clip."""
    return bundle.manifest.painting is not None


def clip_beside(bundle: Path, earlier: Bundle) -> Path:
    """The clip that a scene was fitted to, if it is in the folder of the bundle or in the working directory.

    Raises:
        InputError: it is in neither.
    """
    name = Path(earlier.manifest.source.name).name
    for folder in (bundle.parent, Path()):
        if name and (folder / name).is_file():
            return folder / name
    raise InputError(
        f"The clip of {bundle} is neither in its folder nor in this one; name it: alive fit CLIP --continue {bundle}."
    )
