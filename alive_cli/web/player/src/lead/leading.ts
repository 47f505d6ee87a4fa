/** The lead of one element: at most one at a time. */

import { PlayerError } from "../errors";
import type { Player } from "../player";
import { Lead, type LeadHost, type LeadOptions, type LeadVideo } from "./lead";

export class Leading {
  private present: Lead | null = null;
  /** Ends what still gets ready: a later lead was chosen, or none. */
  private preparing = new AbortController();

  constructor(private readonly host: LeadHost) {}

  /** Let a video lead, in place of the one before. Errors are those of `Lead.prepare`. */
  async begin(player: Player, source: LeadVideo, options: LeadOptions): Promise<void> {
    this.end();
    const { signal } = this.preparing;
    this.present = await Lead.prepare(player, source, options, this.host, signal);
    void this.present.run();
  }

  /** Let the scene live its own life. */
  end(): void {
    this.preparing.abort(new PlayerError("Another lead was chosen, or none, before this one began."));
    this.preparing = new AbortController();
    this.present?.end();
    this.present = null;
  }
}
