"""A video or a camera that leads a scene: frame by frame into a file, or as time passes in a live view."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from alive_cli.errors import InputError
from alive_cli.media.cameras import camera_number
from alive_cli.media.region import Region
from alive_cli.media.streaming import PATIENCE, CameraStream, NewestPicture, VideoStream
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.lead.leader import RELATIVE, Leader

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout
    from alive_cli.runtime.scene import Scene

LOOKED_AT = 64
"""The calm picture of a file is chosen among so many, evenly spread."""
LOOKED_SECONDS = 30.0
"""They come from so many seconds at its beginning, because reading a long film to its end takes long."""


class LeadVideo:
    """What leads a scene."""

    def __init__(
        self,
        scene: "Scene",
        source: str,
        *,
        like: str = RELATIVE,
        region: str | None = None,
        fps: float | None = None,
        loop: bool = False,
        live: bool = True,
    ) -> None:
        """Open a file, and look through it for a calm picture; or look for a camera.

        Args:
            source: the path of a video; `camera`, or `camera:2` for the second.
            like, region: those of `Leader`; the region as `Region.read` reads it.
            fps: pictures a second that are used of a file; its own rate by default.
            loop: a file begins again at its end.
            live: whether time passes meanwhile, without which there is no camera.

        Raises:
            InputError: there is no such file or camera, it can't be read, or the scene can't be led.
        """
        chosen = None if region is None else Region.read(region)
        number = camera_number(source)
        if number is not None and not live:
            raise InputError("A camera leads live views alone; record it first, and lead with the file.")
        self._leader = Leader(scene, like=like, region=chosen, mirrored=number is not None)
        self._stream: VideoStream | CameraStream
        if number is not None:
            self._stream = CameraStream(number)
        else:
            self._stream = VideoStream(Path(source), fps, loop=loop)
            if self._leader.is_relative:
                self._look_through(Path(source), min(self._stream.duration, LOOKED_SECONDS))
        self._newest: NewestPicture | None = None
        self._thread: threading.Thread | None = None

    def _look_through(self, path: Path, seconds: float) -> None:
        thinned = VideoStream(path, min(self._stream.fps, LOOKED_AT / max(seconds, 1e-3)))
        with closing(iter(thinned)) as pictures:
            self._leader.look_through(list(islice(pictures, LOOKED_AT)))

    def frames(self, scene: "Scene", rollout: "Rollout", fps: float) -> Iterator[Frame]:
        """The frames of a rollout, without end, each led by one picture; when these end, it lives on by itself."""
        with closing(iter(self._stream)) as pictures:
            for embedding in scene.live(rollout, fps=fps):
                picture = next(pictures, None)
                if picture is None:
                    rollout.lead_away()
                else:
                    rollout.lead(self._leader.see(picture))
                yield rollout.steer(embedding, 1 / fps)

    @property
    def is_on(self) -> bool:
        """Whether it leads in a thread; it may have ended by itself."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, rollout: Callable[[], "Rollout"], say: Callable[[str], object]) -> None:
        """Lead from now on, in a thread. A file is played from its beginning.

        Args:
            rollout: returns the present rollout.
            say: it receives a sentence when the lead ends.
        """
        self._newest = newest = NewestPicture(self._stream.afresh())

        def follow() -> None:
            while (picture := newest.next()) is not None:
                rollout().lead(self._leader.see(picture))
            rollout().lead_away()
            if newest.why_ended:
                say(newest.why_ended)

        self._thread = threading.Thread(target=follow, name="lead", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End leading; `start` begins again."""
        newest, thread = self._newest, self._thread
        self._newest = self._thread = None
        if newest is not None and thread is not None:
            newest.close()
            thread.join(PATIENCE)
