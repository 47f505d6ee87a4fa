"""The exceptions that a user can cause; each message is one sentence that says what to do."""


class AliveError(Exception):
    """Something the user can put right. The command line prints the message and exits with 2."""


class InputError(AliveError):
    """A file or an option that can't be used as it is."""


class OutputError(AliveError):
    """The result can't be written where it was asked for."""


class DeviceError(AliveError):
    """The device asked for is not there."""


class WeightsError(AliveError):
    """Pretrained weights are missing or not what they should be."""


class NotExportedError(AliveError):
    """The bundle holds trained weights but no graphs to play."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM, where there is something to say. The command line prints the message and exits with 130."""
