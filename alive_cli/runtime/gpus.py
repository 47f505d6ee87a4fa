"""Whether a GPU is really there, by the driver's own library, whose name differs by system."""

import ctypes
import sys
from functools import cache

import onnxruntime


@cache
def cuda_devices() -> int:
    """Number of CUDA GPUs according to the driver. onnxruntime lists its CUDA provider even without a GPU."""
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return 0
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return 0
        return count.value
    except OSError:
        return 0
