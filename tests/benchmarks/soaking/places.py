"""Places for faults: a disk that is full, and a clock that somebody sets."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long offset(void) {
  static __thread int busy;
  long seconds = 0;
  const char *name = getenv("SOAK_CLOCK");
  if (busy || !name) return 0;
  busy = 1;
  FILE *file = fopen(name, "r");
  if (file) {
    if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
    fclose(file);
  }
  busy = 0;
  return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += offset();
  return result;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
"""
"""A library that tells programs another time of day. It leaves alone how long things last, as setting a clock does;
libfaketime doesn't (a wait until some time of CLOCK_MONOTONIC then fails)."""


class SmallDisk:
    """A disk of a few MB that can be filled, and emptied again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, leave: int = 0) -> None:
        """Write until nothing more fits, but for so many bytes."""
        free = os.statvfs(self.folder)
        size = free.f_bavail * free.f_bsize - leave
        with contextlib.suppress(OSError), (self.folder / ".ballast").open("wb") as ballast:
            for _ in range(max(0, size // 4096)):
                ballast.write(bytes(4096))

    def empty(self) -> None:
        """Make room."""
        (self.folder / ".ballast").unlink(missing_ok=True)

    @property
    def names(self) -> list[str]:
        """All files but the ballast: those whose names begin with a point are unfinished."""
        return sorted(path.name for path in self.folder.iterdir() if path.name != ".ballast")


@contextlib.contextmanager
def small_disk(megabytes: float) -> Iterator[SmallDisk]:
    """A disk in memory (Linux, root)."""
    with tempfile.TemporaryDirectory(prefix="soak_disk_") as place:
        size = f"size={round(megabytes * 1024)}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], check=True)
        try:
            yield SmallDisk(Path(place))
        finally:
            subprocess.run(["umount", "-l", place], check=False)


class Clock:
    """The time of day that some programs see; how long things last is as ever, as when somebody sets a clock."""

    def __init__(self, folder: Path) -> None:
        """Needs a C compiler."""
        self._file, self._library = folder / "clock", folder / "clock.so"
        source = folder / "clock.c"
        source.write_text(SHIM)
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        self.set_by(0)

    def set_by(self, hours: float) -> None:
        """Set it to so many hours after the real time, or before."""
        self._file.write_text(f"{round(hours * 3600)}\n")

    @property
    def variables(self) -> dict[str, str]:
        """Programs with these variables in their environment see this clock."""
        return {"LD_PRELOAD": str(self._library), "SOAK_CLOCK": str(self._file)}
