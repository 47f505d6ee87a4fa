/** Keys and buttons of a page on which people mark pictures. */

/** What each key does, by its name; buttons name theirs in `data-key`. */
export interface Actions {
  [key: string]: () => void;
}

/** Let keys and the buttons of a form do their actions; keys only while `isReady`. */
export function listen(actions: Actions, form: HTMLElement, isReady: () => boolean): void {
  addEventListener("keydown", (event) => {
    const act = actionOf(actions, event);
    if (!act) return;
    event.preventDefault();
    if (isReady()) act();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", ({ target }) => {
    const key = (target as Element).closest("button")?.dataset.key;
    if (key) actions[key]();
  });
}

/** The action of a key; undefined if it has none. */
function actionOf(
  actions: Actions,
  { key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent,
): (() => void) | undefined {
  if (altKey) return undefined;
  if (!ctrlKey && !metaKey) return Object.hasOwn(actions, key) ? actions[key] : undefined;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? actions.redo : actions.undo;
  if (letter === "y") return actions.redo;
  return letter === "s" ? actions.save : undefined;
}
