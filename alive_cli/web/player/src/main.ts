/** The player's script: defines `<alive-scene>`, and exports what it is made of. */

import { AliveScene } from "./element";

export { BundleError, PlayerError } from "./errors";
export { Player } from "./player";
export { AliveScene };

if (!customElements.get("alive-scene")) customElements.define("alive-scene", AliveScene);
