"""The page of the browser view: it begins the life that people chose, within the economy that they chose."""

from collections.abc import Callable, Mapping
from pathlib import Path

from alive_cli.errors import InputError
from alive_cli.views.beginning import Beginning
from alive_cli.views.economy import Economy
from alive_cli.views.listening import Sound, check_page_sound
from alive_cli.views.saving import Saver
from alive_cli.web.page import ScenePage, player_files
from bundle_spec.container import Bundle
from bundle_spec.features.warp import steers
from bundle_spec.limits import MAX_DEFAULT_PIXELS


def check_page(
    sound: Sound | None,
    *,
    fps: float | None,
    background: tuple[int, int, int] | None,
    device: str,
    lead: str | None,
) -> None:
    """Check that a page can do what people chose, before the scene is opened, which takes time.

    Raises:
        InputError: it can't, or the player is not built.
    """
    player_files()
    if fps is not None:
        raise InputError("In a browser a scene plays at its own rate; leave out --fps, or choose another view.")
    if background is not None:
        raise InputError("In a browser the page is behind the scene; leave out --background.")
    if device == "cuda":
        raise InputError("A browser chooses its GPU itself; leave out --device, or choose another view.")
    if lead:
        raise InputError("In a browser the page's own button lets a camera lead; leave out --lead.")
    check_page_sound(sound)


def play_page(
    bundle: Bundle,
    beginning: Beginning,
    controls: Mapping[str, float],
    economy: Economy,
    *,
    name: str,
    frames: int | None,
    size: int | None,
    touch: bool,
    follow: bool,
    net: str,
    device: str,
    port: int,
    open_page: bool,
    say: Callable[[str], None],
) -> list[Path]:
    """Play a life in a page of the browser, until it is left. Returns the pictures that were saved.

    Args:
        bundle: that of the scene.
        controls: the values that people chose, by the controls' names.
        frames: it plays so many; None: without end.
        size: the longest side of the picture in pixels; the scene's own by default.
        touch, follow: whether what is dragged gives way, and whether it looks at the pointer and is seen from there.
        net, device: `auto`, `fine` or `fast`; `auto` or `cpu`.
        name: the beginning of the names of saved pictures.
        port, open_page, say: those of `play_in_browser`.

    Raises:
        InputError: what was chosen is out of range, or the port can't be used.
    """
    from alive_cli.views.browser import play_in_browser

    beginning.life()  # it refuses what is out of range
    scene = beginning.scene
    width, height = scene.size_within(size or max(scene.size))
    if width * height > MAX_DEFAULT_PIXELS:
        raise InputError(f"A page can't draw {width}×{height} pixels; choose a smaller --size.")
    steered, deep = steers(bundle.manifest), scene.view_stretch is not None
    ways = {"touch": touch and steered, "look": follow and steered, "view": follow and deep}
    attributes = {
        "seed": beginning.seed,
        "start": beginning.start_at,
        "goal": beginning.goal,
        "size": size,
        "net": net,
        **economy.attributes,
        "interactive": " ".join(word for word, on in ways.items() if on) or None,
        "view": beginning.seen.attribute if deep else None,
        "mood": " ".join(f"{mood}:{strength}" for mood, strength in beginning.moods.items()) or None,
        "on": " ".join(beginning.sound.mappings) if beginning.sound is not None else None,
        "engine": "cpu" if device == "cpu" else None,
    }
    action = {"action": beginning.action} if beginning.action else {}
    page = ScenePage(bundle, attributes, {"controls": dict(controls), "frames": frames} | action)
    saver = Saver(scene, name)
    play_in_browser(page, saver, port=port, open_page=open_page, say=say)
    return saver.saved(say)
