/** Waits that end early when something changes. */

/** A refresh is looked for so many seconds before its time: one and a little more of a screen of 60 Hz. */
const LOOK_SECONDS = 0.02;

export class Waiting {
  private waiting = false;
  private resume: () => void = () => {};

  /** End the present wait. */
  end(): void {
    this.resume();
  }

  /** Wait until `end`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = true;
      const resume = (): void => {
        // The timer of a wait that ended early must not end a later one.
        if (this.resume === resume) this.waiting = false;
        resolve();
      };
      this.resume = resume;
    });
  }

  /** Wait so many seconds. */
  seconds(seconds: number): Promise<void> {
    const change = this.change();
    setTimeout(this.resume, 1000 * seconds);
    return change;
  }

  /** Wait for the screen's refresh at a time in seconds, or the next one after it. */
  refresh(time: number): Promise<void> {
    const change = this.change();
    const { resume } = this;
    const look = (): void => {
      // Another wait may have begun meanwhile.
      if (!this.waiting || this.resume !== resume) return;
      if (performance.now() / 1000 >= time) resume();
      else requestAnimationFrame(look);
    };
    // Looking at each refresh of a long wait would keep the whole browser busy.
    const long = time - performance.now() / 1000 - LOOK_SECONDS;
    if (long > 0) setTimeout(() => requestAnimationFrame(look), 1000 * long);
    else requestAnimationFrame(look);
    return change;
  }
}
