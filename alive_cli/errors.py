"""The exceptions that a user can cause; each message is one sentence that says what to do."""


class AliveError(Exception):
    """An error that the user can correct. The command line prints the message and exits with 2."""


class InputError(AliveError):
    """A file or an option that can't be used as it is."""


class UnknownControlError(InputError):
    """The scene declares no control of that name."""

    def __init__(self, name: str, declared: list[str]) -> None:
        """Keep the name, and those that the scene declares."""
        self.name, self.declared = name, declared
        super().__init__(f"This scene has no control {name!r}; it has {', '.join(declared) or 'none'}.")


class OutputError(AliveError):
    """The result can't be written to the place that the user named."""


class DeviceError(AliveError):
    """This machine doesn't have the device that the user named."""


class WeightsError(AliveError):
    """Pretrained weights are missing, or are not those that are needed."""


class NotExportedError(AliveError):
    """The bundle holds trained weights but no graphs to play."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM stopped the work; the message says where. The command line prints it and exits with 130."""
