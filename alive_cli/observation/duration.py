"""How long a fit will take, roughly, before it begins."""

FIXED_SECONDS = 24.0
"""A fit takes about so many seconds whatever the clip: it starts, exports the graphs, and checks a rollout."""
FRAME_SECONDS = 0.06
"""Each frame takes about so many seconds whatever its size, because its motion to several keyframes is looked for."""
MEGAPIXEL_SECONDS = 0.04
"""A million pixels of the clip take about so many seconds to read, to follow and to draw, on two CPU cores."""
STEP_SECONDS = 0.005
"""A step of training takes about so many seconds on a CPU core, and less on a GPU."""


def estimate_seconds(frames: int, width: int, height: int, steps: int) -> float:
    """Roughly how many seconds a fit takes on two CPU cores: a sum of costs that are proportional to its parts.

    Args:
        frames, width, height: number and size in pixels of the frames.
        steps: steps of training; 0 leaves the training out.
    """
    megapixels = frames * width * height / 1e6
    return FIXED_SECONDS + FRAME_SECONDS * frames + MEGAPIXEL_SECONDS * megapixels + STEP_SECONDS * steps


def rough_time(seconds: float) -> str:
    """A time in words that are no more precise than an estimate: "about a minute", "about 6 minutes"."""
    if seconds < 90:
        return "about a minute"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    hours = round(seconds / 3600, 1 if seconds < 36000 else None)
    return f"about {hours:g} hours"
