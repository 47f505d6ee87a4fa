"""Every way a bundle can be wrong, as exceptions."""


class BundleError(Exception):
    """A bundle can't be used. The message is one sentence for the user."""


class CorruptBundle(BundleError):
    """The bytes are damaged or incomplete, or the file is no bundle at all."""


class UnsupportedVersion(BundleError):
    """The bundle needs a newer reader than this one."""


class UnsafeBundle(BundleError):
    """The bundle asks for something that a reader must never do for a stranger."""
