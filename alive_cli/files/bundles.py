"""Opening the bundle that a user named."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alive_cli.errors import InputError, NotExportedError
from alive_cli.shells import command_line
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.errors import BundleError

SUFFIX = ".alive"
"""The name of a bundle has this ending."""
PHOTOGRAPH = "flowing"
"""The recipe of a photograph that flows has this name."""


def open_bundle(path: Path, *, to_play: bool = False, exported: bool = False) -> Bundle:
    """Read and verify a bundle; every error names the file.

    Args:
        to_play: that of `read_bundle`; such a bundle has to be exported as well.
        exported: refuse a bundle without graphs, before any work is done with it.

    Raises:
        InputError: there is no such file, or it can't be read.
        NotExportedError: it has no graphs, and has to have some.
        BundleError: the file is not a bundle, or is damaged, unsafe or too new.
    """
    with named_errors(path):
        bundle = read_bundle(path, to_play=to_play)
    if (to_play or exported) and (bundle.manifest.drawing is None or bundle.manifest.behavior is None):
        command = command_line(["alive", "export", str(path)])
        raise NotExportedError(f"{path.name} has not been exported yet; {command} does that, once.")
    return bundle


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
        hint = "" if path.suffix.lower() == SUFFIX else " Give a scene, which alive fit makes of a clip."
        raise type(error)(f"{path.name}: {error}{hint}") from error


def refuse_scenes(clips: Iterable[Path]) -> None:
    """Refuse bundles where clips are expected.

    Raises:
        InputError: there is one.
    """
    for clip in clips:
        if clip.suffix.lower() == SUFFIX and clip.is_file():
            play, train = (command_line(["alive", *words, str(clip)]) for words in (["play"], ["fit", "--continue"]))
            raise InputError(f"{clip.name} is a scene and no clip: {play} plays it, and {train} trains it further.")


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
