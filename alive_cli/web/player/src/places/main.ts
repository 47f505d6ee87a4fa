/** The script of a page that is one file: an OBS source, a wallpaper, or a kiosk. */

import { AliveScene } from "../element";
import { holdFiles } from "../files";
import { bytesOf } from "./blocks";
import { watchOver } from "./kiosk";
import { obeyHost } from "./wallpaper";

holdFiles(bytesOf);
customElements.define("alive-scene", AliveScene);
const scene = document.querySelector<AliveScene>("alive-scene")!;
const { place, settings } = document.body.dataset;
if (place === "wallpaper") obeyHost(scene, JSON.parse(settings!));
if (place === "kiosk") watchOver(scene);
// Who set the page up wants it to move; a visitor's wish for less motion isn't asked for here.
if (!scene.paused) scene.play();
