"""Names of devices, and what is said of those that aren't there."""

import pytest

pytest.importorskip("torch")

from alive_cli.errors import DeviceError
from alive_cli.training.device import resolve_device


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "cuda:99", "cpu:", "cuda:", "cuda:²"])
def test_devices_that_are_not_there(name: str) -> None:
    with pytest.raises(DeviceError):
        resolve_device(name)


def test_the_cpu_is_always_there() -> None:
    assert resolve_device("cpu").type == "cpu"
    assert resolve_device("auto").type in ("cpu", "cuda", "mps")
