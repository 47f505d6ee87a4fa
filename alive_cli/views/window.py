"""A scene living in a window of its own, through SDL (extra `window`)."""

import math
import os

import numpy as np

from alive_cli.errors import InputError
from alive_cli.views.pace import Pace
from alive_cli.views.performance import HELP, Performance
from alive_cli.views.terminal import PAUSED_SECONDS, Played, leaving_on_signals

UNSEEN = ("dummy", "offscreen")
"""What SDL falls back to where there is no display."""


def play_in_window(show: Performance, *, frames: int | None = None, size: tuple[int, int] | None = None) -> Played:
    """Show a performance in a window until `frames` have passed, it is closed, someone leaves, or Ctrl-C.

    Args:
        size: width and height of the pictures; the window may be enlarged, and they with it.

    Raises:
        InputError: there is no SDL, or no display.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ModuleNotFoundError:
        raise InputError("A window needs the extra 'window': pip install 'alive-scene[window]'.") from None
    try:
        pygame.display.init()
        if pygame.display.get_driver() in UNSEEN and "SDL_VIDEODRIVER" not in os.environ:
            raise pygame.error("there is no display")
        pygame.display.set_caption(show.scene.manifest.title or "alive")
        window = pygame.display.set_mode(size or show.scene.size, pygame.RESIZABLE)
    except pygame.error as error:
        raise InputError(f"No window can be opened here ({error}); use --view browser, or a terminal.") from None
    arrows = {pygame.K_UP: "up", pygame.K_DOWN: "down", pygame.K_LEFT: "left", pygame.K_RIGHT: "right"}

    def listen() -> bool:
        """Press what was pressed; whether the window wants to be drawn again."""
        fresh = False
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                show.leave()
            elif event.type == pygame.KEYDOWN:
                show.press(arrows.get(event.key) or event.unicode)
            fresh |= event.type in (pygame.VIDEORESIZE, pygame.VIDEOEXPOSE)
        return fresh

    def blit(picture: np.ndarray) -> None:
        surface = pygame.image.frombuffer(picture.tobytes(), picture.shape[1::-1], "RGB")
        across, down = window.get_size()
        width, height = size or show.scene.size  # a coarse picture has about these proportions only
        scale = min(across / width, down / height)
        wanted = max(1, round(width * scale)), max(1, round(height * scale))
        if wanted != surface.get_size():
            surface = pygame.transform.smoothscale(surface, wanted)
        window.fill((0, 0, 0))
        window.blit(surface, ((across - wanted[0]) // 2, (down - wanted[1]) // 2))
        pygame.display.flip()
        help_text = "   ".join(" ".join(line.split()) for line in HELP) if show.help else show.status(pace.rate)
        pygame.display.set_caption(f"{show.scene.manifest.title}   {help_text}")

    played, pace, skipped = Played(), Pace(show.fps), 0
    left = math.inf if frames is None else frames
    try:
        with leaving_on_signals():
            while not show.left and left > 0:
                for _ in range(skipped):
                    next(show)
                picture = show.draw(next(show), size)
                blit(picture)
                played.shown += 1
                skipped = int(min(pace.shown(), left - 1))
                played.dropped += skipped
                left -= 1 + skipped
                listen()
                while (wait := pace.wait()) > 0 and not show.left:
                    pygame.time.wait(max(1, min(20, int(wait * 1000))))
                    listen()
                if show.paused:
                    blit(picture)
                    while show.paused and not show.left:
                        pygame.time.wait(int(PAUSED_SECONDS * 1000))
                        if listen():
                            blit(picture)
                    pace.resume()
    except KeyboardInterrupt:
        pass
    finally:
        show.leave()
        pygame.display.quit()
    return played
