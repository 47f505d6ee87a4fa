"""The outcome of one clip of many."""

from dataclasses import dataclass
from pathlib import Path

from alive_cli.errors import AliveError, Stopped
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.pipeline import fit_scene
from alive_cli.progress import Listener
from bundle_spec.errors import BundleError
from bundle_spec.manifest import Manifest

FITTED, THERE, FAILED = "fitted", "there already", "failed"
"""An outcome has one of these states."""


@dataclass(frozen=True)
class Outcome:
    """The result of the fit of one clip."""

    clip: Path
    output: Path
    state: str
    reason: str = ""
    """Why the fit failed."""
    manifest: Manifest | None = None
    seconds: float = 0.0

    def row(self) -> list[str]:
        """The clip, its state, PSNR, verdict, size and time, as words for a table."""
        figures = self.manifest.figures if self.manifest else {}
        living = figures.get("liveness")
        psnr = figures.get("psnr")
        return [
            self.clip.name,
            self.state,
            f"{psnr:.1f}" if isinstance(psnr, int | float) else "",
            str(living.get("verdict", "")) if isinstance(living, dict) else "",
            f"{self.output.stat().st_size / 1e6:.1f}" if self.manifest else "",
            f"{self.seconds:.0f}" if self.seconds else "",
        ]


def attempt(clip: Path, output: Path, options: FitOptions, listener: Listener, *, force: bool = False) -> Outcome:
    """Fit one clip, from its checkpoint if there is one. A failure is an outcome and no exception.

    Raises:
        Stopped: Ctrl-C or SIGTERM arrived.
    """
    try:
        fitted = fit_scene(clip, output, options, listener, resume=None, force=force)
    except (AliveError, BundleError) as error:
        return Outcome(clip, output, FAILED, str(error))
    except Stopped:
        raise
    except OSError as error:
        return Outcome(clip, output, FAILED, f"{error.filename or output}: {(error.strerror or str(error)).lower()}.")
    except Exception as error:  # an error in one clip must not stop the others
        return Outcome(clip, output, FAILED, f"Internal error ({type(error).__name__}: {error}).")
    return Outcome(clip, output, FITTED, manifest=fitted.bundle.manifest, seconds=sum(fitted.seconds.values()))
