"""The options of `alive fit`, and which of them change the result."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import InputError
from alive_cli.media.decode import DEFAULT_SIZE
from alive_cli.media.mask import REGION
from alive_cli.media.sources import PICTURES
from alive_cli.observation.clip import SamplingRequest
from alive_cli.training.checkpoint import Setting

PLAIN = (
    *("size", "fps", "start", "duration", "max_frames", "recipe", "quality", "steps", "budget", "holdout", "seed"),
    *("region", "still", "stabilise", "key", "outside"),
)
"""These options change the result and are kept under their own names."""
ENCODER = {"encoder": "kind", "clip_model": "model", "clip_weights": "weights"}
"""These options choose the encoder; each is kept in this field of `EncoderChoice`."""

DEPTHS = ("depth", "depth_model")
"""These options say what is near and far. Depth changes nothing of what is learned, so a fit may go on with another."""
MIN_SIZE, MAX_SIZE = 16, 4096
"""`--size` takes so many pixels: fewer are no picture, and more than those of 4K are more than anybody sees."""

_HEIGHT = re.compile(r"(\d{1,6})([pP]?)", re.ASCII)
_SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII)


@dataclass(frozen=True)
class FitOptions:
    """All options of `alive fit`."""

    size: int | str | None = None
    """The longest side in pixels, as 1280, or the height, as "720p"; None for the size of the recipe."""
    fps: float | None = None
    start: float = 0.0
    duration: float | None = None
    max_frames: int = 1000
    recipe: str = "living"
    quality: str = "standard"
    steps: int | None = None
    budget: float | None = None
    encoder: EncoderChoice = field(default_factory=EncoderChoice)
    holdout: bool = False
    device: str = "auto"
    seed: int = 0
    region: str | None = None
    """The part of the picture that lives, as media/mask.py keeps it; None for all."""
    still: float | None = None
    """The second of the clip that is shown outside that part; None for the median of the frames."""
    stabilise: str | None = None
    """Whether the camera's motion is taken out: "on", "off", or None where the camera clearly shakes."""
    depth: Path | None = None
    """The map of what is near and far, or the model that finds it; None for no depth."""
    depth_model: Path | None = None
    key: str | None = None
    """What has this colour is transparent, as media/key.py keeps it; None for the clip's own alpha."""
    outside: str | None = None
    """TRANSPARENT where what is outside the part that lives is; None for a still picture."""
    export: bool = True
    film: Path | None = None
    """The file for a film of the training; None for no film."""

    def sampling(self) -> SamplingRequest:
        """Which frames of the clip to take."""
        if isinstance(self.size, str):
            size, height = MAX_SIZE, int(self.size.removesuffix("p"))
        else:
            size, height = self.size or DEFAULT_SIZE, None
        return SamplingRequest(
            size,
            height,
            self.fps,
            self.start,
            self.duration,
            self.max_frames,
            self.holdout,
            self.region,
            self.still,
            self.stabilise,
            self.key,
            self.outside,
        )

    def settings(self) -> dict[str, Setting]:
        """The options that change the result, by name."""
        plain: dict[str, Setting] = {name: getattr(self, name) for name in PLAIN}
        encoder = {name: getattr(self.encoder, kept) for name, kept in ENCODER.items()}
        return plain | encoder | {"film": self.film is not None}

    def others(self) -> dict[str, Setting]:
        """The options that don't change the result, by name."""
        files: dict[str, Path | None] = {"film_name": self.film, **{name: getattr(self, name) for name in DEPTHS}}
        plain: dict[str, Setting] = {"device": self.device, "export": self.export}
        return plain | {name: str(path) if path else None for name, path in files.items()}

    def filled(self, settings: Mapping[str, Setting], chosen: frozenset[str]) -> "FitOptions":
        """The options, with the settings of an earlier fit for all of them that the user didn't choose."""
        kept = {name: value for name, value in settings.items() if name not in chosen}
        encoder = {place: kept[name] for name, place in ENCODER.items() if name in kept}
        plain = {name: kept[name] for name in (*PLAIN, "device", "export") if name in kept}
        if kept.get("film_name") and "film" not in chosen:
            plain["film"] = Path(str(kept["film_name"]))  # type: ignore[assignment]
        if chosen.isdisjoint(DEPTHS):
            plain |= {name: Path(str(kept[name])) for name in DEPTHS if kept.get(name)}  # type: ignore[misc]
        return replace(self, encoder=replace(self.encoder, **encoder), **plain)  # type: ignore[arg-type]


def is_for_photograph(named: list[Path], flows: bool, options: FitOptions) -> bool:
    """Whether a fit is of one photograph: something says how it flows, or there is depth for one picture."""
    has_depth = options.depth is not None or options.depth_model is not None
    picture = len(named) == 1 and named[0].is_file() and named[0].suffix.lower() in PICTURES
    return flows or (has_depth and picture)


def refuse_other(before: Mapping[str, Setting], now: Mapping[str, Setting], what: str) -> None:
    """Refuse to go on with a fit that was begun with other settings.

    Args:
        what: the name of that fit in the message.

    Raises:
        InputError: some settings differ; the message names them.
    """
    differing = [name for name in now if before.get(name) != now[name]]
    if differing:
        stored, chosen = (
            " and ".join(_described(name, settings.get(name)) for name in differing) for settings in (before, now)
        )
        raise InputError(f"{what} was begun with {stored}, not {chosen}; give the same, or begin anew with --force.")


def _described(name: str, value: Setting) -> str:
    option = f"--{name.replace('_', '-')}"
    if name == "clip":
        return f"a clip {str(value)[:8]}"
    if name == "embedded_by":
        return f"the encoder {value}"
    if name == "continued":
        return f"--continue of a bundle {str(value)[:8]}" if value else "no --continue"
    if name == REGION and str(value).startswith("mask"):
        return "another --mask"
    if value is None or value is False:
        return f"no {option}"
    return option if value is True else f"{option} {value}"


def size_setting(text: str) -> int | str:
    """A size as `FitOptions.size` keeps it: `1280` for the longest side, `"720p"` for the height.

    Raises:
        ValueError: the text is not a size, or not between MIN_SIZE and MAX_SIZE pixels.
    """
    match = _HEIGHT.fullmatch(text.strip())
    if match is None or not MIN_SIZE <= int(match[1]) <= MAX_SIZE:
        raise ValueError(
            f"{text!r} is not a size; give the longest side, {MIN_SIZE} to {MAX_SIZE} pixels, or the height as in 720p"
        )
    return f"{int(match[1])}p" if match[2] else int(match[1])


def seconds(text: str) -> float:
    """A span of time, `90`, `90s`, `10m` or `1h30m`, in seconds.

    Raises:
        ValueError: the text is not a span of time, or not between 1 and 10⁶ seconds.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if not text.strip() or match is None:
        raise ValueError(f"{text!r} is not a span of time; write 90, 10m or 1h30m")
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    total = 3600 * hours + 60 * minutes + rest
    if not 1 <= total <= 1e6:
        raise ValueError(f"{text!r} is not between 1 and 1,000,000 seconds")
    return total
