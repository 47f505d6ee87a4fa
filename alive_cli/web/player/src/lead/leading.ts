/** The lead of one element: at most one at a time. */

import { PlayerError } from "../errors";
import type { Player } from "../player";
import { Lead, type LeadHost, type LeadOptions, type LeadVideo } from "./lead";

export class Leading {
  private present: Lead | null = null;
  /** Counts what was begun, so that a later one, or the end, overtakes one that still gets ready. */
  private number = 0;

  constructor(private readonly host: LeadHost) {}

  /** Let a video lead, in place of the one before. Errors are those of `Lead.begin`. */
  async begin(player: Player, source: LeadVideo, options: LeadOptions): Promise<void> {
    this.end();
    const number = this.number;
    const lead = await Lead.begin(player, source, options, this.host);
    if (number === this.number) this.present = lead;
    else {
      lead.end();
      throw new PlayerError("Another lead was chosen, or none, before this one began.");
    }
  }

  /** Let the scene live its own life. */
  end(): void {
    this.number++;
    this.present?.end();
    this.present = null;
  }
}
