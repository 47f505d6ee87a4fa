"""Pipes that pictures go through: how much they hold differs by system."""

PIPE_BYTES = 1 << 20
"""A pipe that frames go through holds so many bytes, which is the most that Linux gives everybody."""


def widen_pipe(descriptor: int) -> None:
    """Let a pipe hold more bytes, where the system can: a frame then takes a few exchanges and not dozens."""
    try:
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        pass  # Windows and macOS have no such call, and a system may allow less
