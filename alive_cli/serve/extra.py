"""The extra `serve`, without which nothing is served."""

from importlib.util import find_spec

from alive_cli.errors import InputError


def check_extra() -> None:
    """Refuse to serve where aiohttp is not installed.

    Raises:
        InputError: it is not.
    """
    if find_spec("aiohttp") is None:
        raise InputError("A server needs the extra 'serve': pip install 'alive-scene[serve]'.")
