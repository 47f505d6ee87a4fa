"""One cast a device or name: a lock among the casts of a user, which ends with its process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256

from alive_cli.errors import InputError
from alive_cli.files.lock import locked
from alive_cli.files.user_folder import cache_folder
from alive_cli.views.cast.targets import Target

DIGITS = 16
"""A lock file is named by so many digits of a digest, because devices have slashes in their names."""


@contextmanager
def held(target: Target, name: str | None) -> Iterator[None]:
    """Keep other casts away from a device or name; None: from the first device. Without a folder nothing is locked.

    Raises:
        InputError: another cast has it.
    """
    with ExitStack() as stack:
        with suppress(OSError, RuntimeError):  # no room, or no home
            folder = cache_folder()
            folder.mkdir(parents=True, exist_ok=True)
            digest = sha256((name or "").casefold().encode()).hexdigest()[:DIGITS]
            try:
                stack.enter_context(locked(folder / f"cast-{target.name}-{digest}.lock"))
            except BlockingIOError:
                raise InputError(_refusal(target, name)) from None
        yield


def _refusal(target: Target, name: str | None) -> str:
    what = "device" if target.is_device else "name"
    return (
        f"Another alive cast sends to {target.words} {name or 'of this computer'} already; stop it, or choose another "
        f"{what} with --device-name."
    )
