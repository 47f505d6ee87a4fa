/** States that can be undone. A state never changes; each change makes a new one. */

/** So many changes can be undone, which is more than anybody does. */
const MOST_CHANGES = 500;

export class History<State> {
  private before: State[] = [];
  private after: State[] = [];
  private saved: State;

  constructor(public present: State) {
    this.saved = present;
  }

  /** Change the state; what was undone can't come back any more. */
  set(state: State): void {
    this.before = [...this.before.slice(1 - MOST_CHANGES), this.present];
    this.after = [];
    this.present = state;
  }

  /** Go back by a change; false if there is none. */
  undo(): boolean {
    return this.go(this.before, this.after);
  }

  redo(): boolean {
    return this.go(this.after, this.before);
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  get canRedo(): boolean {
    return this.after.length > 0;
  }

  /** The present state is also in a file, or `state` is. */
  markSaved(state: State = this.present): void {
    this.saved = state;
  }

  get isSaved(): boolean {
    return this.present === this.saved;
  }

  private go(from: State[], to: State[]): boolean {
    const state = from.pop();
    if (state === undefined) return false;
    to.push(this.present);
    this.present = state;
    return true;
  }
}
