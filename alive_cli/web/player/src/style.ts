/** How the element looks inside. */

/** The sheet of the shadow tree. A sheet made by script is no inline style: a strict policy allows it. */
export const STYLE = `
:host { display: inline-block; position: relative; max-width: 100%; vertical-align: bottom; contain: content; }
:host([hidden]) { display: none; }
canvas, img { display: block; width: 100%; height: auto; }
canvas.touch { touch-action: none; user-select: none; -webkit-user-select: none; cursor: grab; }
canvas.touch:active { cursor: grabbing; }
img { position: absolute; inset: 0; height: 100%; object-fit: contain; }
img.alone { position: static; height: auto; }
canvas.tall, img.tall { object-position: 50% 30%; }
canvas[hidden], img[hidden], button[hidden], p[hidden] { display: none; }
button {
  position: absolute; right: 0.5em; bottom: 0.5em; width: 2.5em; height: 2.5em; padding: 0; border: 0;
  border-radius: 50%; background: #000a; color: #fff; font: 1rem/1 system-ui, sans-serif; cursor: pointer; opacity: 0;
  transition: opacity 0.2s;
}
button svg { width: 1em; height: 1em; fill: currentColor; vertical-align: middle; }
:host(:hover) button, button:focus-visible, button.waiting { opacity: 1; }
button:focus-visible { outline: 3px solid #fff; outline-offset: 2px; box-shadow: 0 0 0 5px #000; }
@media (hover: none) { button { opacity: 0.6; } }
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
p {
  position: absolute; left: 0; right: 0; bottom: 0; margin: 0; padding: 0.6em 0.9em; background: #000c; color: #fff;
  font: 0.875rem/1.4 system-ui, sans-serif;
}
p.alone { position: static; }
`;
