/** How loud a sound is, and where something begins in it (alive_cli/runtime/hearing.py says how, and why). */

/** Loudness and beats are computed after each so many seconds of sound, from the last so many. */
const [HOP, WINDOW] = [0.01, 0.02];
/** Sound below this many decibels is silence. */
export const SILENCE = -60;
/** Loudness is relative to the extremes of so many seconds, which are so many decibels apart, and these at first. */
const [MEMORY, LEAST_RANGE, MOST_RANGE, FIRST_RANGE] = [20, 15, 30, [-50, -35]];
/** Loudness rises and falls with these time constants, in seconds. */
const [ATTACK, RELEASE] = [0.02, 0.25];
/** The flux is a mean over so many bands between these frequencies, in hertz. */
const [BANDS, LOWEST_BAND, HIGHEST_BAND] = [20, 40, 7000];
/** What is so many decibels below the loudest hardly counts in the flux. */
const DEPTH = 35;
/** The threshold of beats follows the mean flux of so many seconds. */
const PAST = 0.8;
/** At a beat the flux is at least this many times its mean, and so many decibels, … */
const [EXCESS, LEAST_FLUX] = [5, 1.5];
/** … and this share of the largest flux, which falls with this time constant and counts up to so many decibels. */
const [PEAK_SHARE, PEAK_SECONDS, LARGEST_FLUX] = [0.4, 3, 15];
/** After a beat there is none for so many seconds. */
const REFRACTORY = 0.15;
const LEAST_POWER = 1e-12;

/** Hears one sound, piece by piece. */
export class Hearing {
  /** Loudness from 0, the quietest of the last seconds, to 1, the loudest. */
  loud = 0;
  /** Decibels of the last hop. */
  level = -Infinity;
  /** Number of beats so far, how strong the last one was, 0.5 … 1, and the seconds since. */
  beats = 0;
  strength = 0;
  since = Infinity;
  private readonly hop: number;
  /** The last samples: of the window, and behind them those of a hop that is not complete. */
  private readonly samples: Float64Array;
  private rest = 0;
  private readonly spectrum: Spectrum;
  /** Decibels of the bands at the two hops before. */
  private before: [Float64Array, Float64Array];
  private flux: number[] = [];
  private peak = 0;
  /** The extremes of each of the last seconds, in decibels. */
  private readonly quietest = new Array<number>(MEMORY).fill(FIRST_RANGE[0]);
  private readonly loudest = new Array<number>(MEMORY).fill(FIRST_RANGE[1]);
  private hops = 0;

  /** @param rate samples a second. */
  constructor(rate: number) {
    this.hop = Math.round(HOP * rate);
    this.spectrum = new Spectrum(Math.round(WINDOW * rate), rate);
    this.samples = new Float64Array(this.spectrum.size + this.hop);
    const unknown = (): Float64Array => new Float64Array(this.spectrum.bands.length).fill(Infinity);
    this.before = [unknown(), unknown()];
  }

  /** Hear the next samples, −1 … 1. */
  hear(samples: ArrayLike<number>): void {
    const { hop } = this;
    const { size } = this.spectrum;
    for (let place = 0; place < samples.length; place++) {
      this.samples[size + this.rest++] = samples[place];
      if (this.rest < hop) continue;
      this.rest = 0;
      this.samples.copyWithin(0, hop);
      this.hearHop();
    }
  }

  private hearHop(): void {
    const { size } = this.spectrum;
    let power = 0;
    for (let place = size - this.hop; place < size; place++) power += this.samples[place] ** 2;
    this.level = 10 * Math.log10(Math.max(power / this.hop, LEAST_POWER));
    this.followRange();
    const most = Math.max(...this.loudest, SILENCE);
    const low = Math.max(Math.min(...this.quietest), most - MOST_RANGE);
    const high = Math.max(most, low + LEAST_RANGE);
    const share = this.level < SILENCE ? 0 : Math.min(Math.max((this.level - low) / (high - low), 0), 1);
    this.loud += (share - this.loud) * (1 - Math.exp(-HOP / (share > this.loud ? ATTACK : RELEASE)));
    this.since += HOP;
    this.lookForBeat(this.fluxAbove(high - DEPTH));
  }

  private lookForBeat(flux: number): void {
    const mean = this.flux.length ? this.flux.reduce((sum, value) => sum + value, 0) / this.flux.length : 0;
    this.flux.push(flux);
    if (this.flux.length > Math.round(PAST / HOP)) this.flux.shift();
    this.peak *= 1 - HOP / PEAK_SECONDS;
    const least = Math.max(LEAST_FLUX, EXCESS * mean, PEAK_SHARE * this.peak);
    if (this.level < SILENCE) return;
    if (flux >= least && this.since > REFRACTORY - HOP / 2) {
      this.beats++;
      this.strength = Math.min(1, (0.5 * flux) / least);
      this.since = 0;
    }
    this.peak = Math.max(this.peak, Math.min(flux, LARGEST_FLUX));
  }

  /** By how many decibels the spectrum has grown above a floor: the mean over the bands. */
  private fluxAbove(floor: number): number {
    const [older, old] = this.before;
    const bands = this.spectrum.of(this.samples).map((power) => 10 * Math.log10(power + 10 ** (floor / 10)));
    this.before = [old, bands];
    return bands.reduce((sum, value, band) => sum + Math.max(value - Math.max(old[band], older[band]), 0), 0) / bands.length;
  }

  private followRange(): void {
    const { quietest, loudest, level } = this;
    if (++this.hops % Math.round(1 / HOP) === 0) {
      quietest.push(Infinity);
      loudest.push(-Infinity);
      quietest.shift();
      loudest.shift();
    }
    quietest[MEMORY - 1] = Math.min(quietest[MEMORY - 1], level);
    loudest[MEMORY - 1] = Math.max(loudest[MEMORY - 1], level);
  }
}

/** The power of a window in each band: a discrete Fourier transform of the frequencies that belong to one. */
class Spectrum {
  /** The first frequency of each band, and the one behind its last. */
  readonly bands: [number, number][] = [];
  private readonly taper: Float64Array;
  private readonly turns: [Float64Array, Float64Array];
  private readonly tapered: Float64Array;

  constructor(
    readonly size: number,
    rate: number,
  ) {
    this.taper = Float64Array.from({ length: size }, (_, place) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (place + 1)) / (size + 1)));
    const sum = this.taper.reduce((total, value) => total + value, 0);
    this.taper = this.taper.map((value) => (Math.SQRT2 * value) / sum);
    this.tapered = new Float64Array(size);
    const turn = (wave: (angle: number) => number): Float64Array =>
      Float64Array.from({ length: size }, (_, place) => wave((2 * Math.PI * place) / size));
    this.turns = [turn(Math.cos), turn(Math.sin)];
    const ratio = Math.min(HIGHEST_BAND, rate / 2) / LOWEST_BAND;
    const edge = (band: number): number => Math.ceil((LOWEST_BAND * ratio ** (band / BANDS) * size) / rate - 1e-9);
    for (let band = 0; band < BANDS; band++) if (edge(band + 1) > edge(band)) this.bands.push([edge(band), edge(band + 1)]);
  }

  /** The bands of the first samples, as many as the window has. */
  of(samples: Float64Array): Float64Array {
    const { size, tapered, taper } = this;
    const [cosines, sines] = this.turns;
    for (let place = 0; place < size; place++) tapered[place] = samples[place] * taper[place];
    return Float64Array.from(this.bands, ([first, end]) => {
      let power = 0;
      for (let frequency = first; frequency < end; frequency++) {
        let [real, imaginary] = [0, 0];
        for (let place = 0, turn = 0; place < size; place++) {
          real += tapered[place] * cosines[turn];
          imaginary += tapered[place] * sines[turn];
          turn += frequency;
          if (turn >= size) turn -= size;
        }
        power += real * real + imaginary * imaginary;
      }
      return power;
    });
  }
}
