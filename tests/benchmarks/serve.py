"""Does a scene keep its pace while a hundred programs steer it, and how soon are they answered?

    python tests/benchmarks/serve.py BUNDLE [--seconds 60] [--clients 100] [--rate 10] [--pictures 2]

A server runs in a process of its own. Each client sends so many requests a second, one after the other (touch, look,
controls, state, now and then a goal), and is sent the state ten times a second. One more client wants pictures. The row
has the scene's frames per second and the share of its own rate that it kept, replies per second, the time of replies in
milliseconds (median, 99 %, worst), and the server's memory before and after, in MB.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

ROOT = Path(__file__).parents[2]
WARM_UP = 3.0


async def steer(
    session: aiohttp.ClientSession, scene: dict[str, Any], number: int, rate: float, end: float, times: list[float]
) -> int:
    """One client. Returns how many events it received."""
    random_number = random.Random(number)
    events = 0
    kinds = ["set", "state", *(["touch", "let_go"] if scene["can_touch"] else []), *2 * ["look_at"] * scene["can_look"]]
    async with session.ws_connect("api", max_msg_size=0) as socket:

        async def ask(**message: Any) -> dict[str, Any]:
            nonlocal events
            began = time.perf_counter()
            await socket.send_json({"id": number, **message})
            while "event" in (reply := await socket.receive_json(timeout=30)):
                events += 1
            if message["do"] != "picture":
                times.append(time.perf_counter() - began)
            assert "error" not in reply, reply
            return reply

        if rate <= 0:
            while time.perf_counter() < end:
                await ask(do="picture", width=256)
                await asyncio.sleep(-rate)
            return events
        await ask(do="subscribe", events=["arriving", "arrived", "state"], rate=10)
        while time.perf_counter() < end:
            across, down = random_number.uniform(-1, 1), random_number.uniform(-1, 1)
            values = {
                "look_at": {"across": across, "down": down},
                "touch": {"x": across / 4, "y": down / 4, "dx": 0.1},
                "set": {"controls": {"temperature": round(abs(across), 2)}},
            }
            kind = random_number.choice(kinds)
            await ask(do=kind, **values.get(kind, {}))
            if scene["can_go"] and random_number.random() < 0.002:
                await ask(do="go_to", goal=round(abs(across) * scene["last"], 1))
            await asyncio.sleep(random_number.uniform(0.5, 1.5) / rate)
    return events


async def measure(address: str, arguments: argparse.Namespace, pid: int) -> dict[str, Any]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(address, connector=connector) as session:

        async def get(path: str) -> Any:
            async with session.get(path) as reply:
                return (await reply.json())["ok"]

        await session.get("picture.jpg?width=256")
        await asyncio.sleep(WARM_UP)
        scene, before, rss = await get("scene"), (await get("state"))["frame"], resident(pid)
        cpu, began = processor_seconds(pid), time.perf_counter()
        times: list[float] = []
        end = began + arguments.seconds
        rates = [arguments.rate] * arguments.clients + ([-1 / arguments.pictures] if arguments.pictures else [])
        events = sum(
            await asyncio.gather(*(steer(session, scene, each, rate, end, times) for each, rate in enumerate(rates)))
        )
        seconds = time.perf_counter() - began
        lived = ((await get("state"))["frame"] - before) / seconds
        milliseconds = np.array(times) * 1000
        return {
            "clients": arguments.clients,
            "seconds": round(seconds, 1),
            "frames_per_second": round(lived, 2),
            "kept": round(lived / scene["fps"], 4),
            "replies_per_second": round(len(times) / seconds, 1),
            "events_per_second": round(events / seconds, 1),
            "ms_p50": round(float(np.percentile(milliseconds, 50)), 2),
            "ms_p99": round(float(np.percentile(milliseconds, 99)), 2),
            "ms_worst": round(float(milliseconds.max()), 1),
            "server_cores": round((processor_seconds(pid) - cpu) / seconds, 2),
            "resident_MB_before": rss,
            "resident_MB_after": resident(pid),
        }


def resident(pid: int) -> int:
    """Memory of a process now, MB (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 // 1_000_000


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--pictures", type=float, default=2.0)
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "alive_cli.cli", "serve", str(arguments.bundle.resolve())]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            address = server.stderr.readline().split()[-1]
            print(json.dumps(asyncio.run(measure(address, arguments, server.pid))))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
