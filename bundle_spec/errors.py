"""The exceptions for each way in which a bundle can be wrong."""


class BundleError(Exception):
    """A bundle can't be used. The message is one sentence for the user."""


class CorruptBundle(BundleError):
    """The file is damaged or incomplete, contradicts itself, or is no bundle at all."""


class UnsupportedVersion(BundleError):
    """The bundle needs a newer reader than this one."""


class UnsafeBundle(BundleError):
    """The bundle asks for something that a reader must never do for a stranger."""
