"""Go to a second of a living scene and keep the picture there: `python steer.py ADDRESS 3.5 picture.jpg`."""

import asyncio
import base64
import sys
from pathlib import Path

import aiohttp


async def main(address: str, goal: float, output: Path) -> None:
    """Steer the scene that `alive serve` has at this address."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}api", max_msg_size=0) as scene:
        await scene.send_json({"do": "subscribe", "events": ["arrived"]})
        await scene.send_json({"id": "go", "do": "go_to", "goal": goal})
        async for message in scene:
            answer = message.json()
            if "error" in answer:
                sys.exit(answer["error"])
            if answer.get("id") == "go":
                print(f"It arrives in {answer['ok']['seconds']:.1f} s.")
            if answer.get("event") == "arrived":
                await scene.send_json({"id": "picture", "do": "picture"})
            if answer.get("id") == "picture":
                output.write_bytes(base64.b64decode(answer["ok"]["data"]))
                return
    sys.exit("The scene has gone before it arrived; start alive serve again.")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("Say what to steer: python steer.py ADDRESS SECOND PICTURE.jpg")
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
