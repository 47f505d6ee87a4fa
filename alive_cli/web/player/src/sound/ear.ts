/** Listens to a microphone, a stream, or an element of the page. Nothing is recorded or sent. */

import { PlayerError } from "../errors";
import { plain } from "../text";
import { Hearing, SILENCE } from "./hearing";

/** What a page can let a scene hear. */
export type SoundSource = "mic" | MediaStream | HTMLMediaElement;

/** The sound is looked at every so many milliseconds. */
const POLL_MILLISECONDS = 10;
/** The browser keeps the last so many samples, 0.17 s, so that a page that is late by less misses none. */
const KEPT_SAMPLES = 8192;
/** A browser that hasn't begun to play sound after so many milliseconds waits for a click or key. */
const START_MILLISECONDS = 1000;
/** After so many seconds of silence people are told that their microphone may be muted. */
const SILENT_SECONDS = 10;
/** A microphone as it is, because browsers take away what isn't speech. */
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const REFUSALS: { [name: string]: string } = {
  NotAllowedError: "The microphone was refused; allow it for this page and listen again.",
  NotFoundError: "There is no microphone; plug one in and listen again.",
  NotReadableError: "The microphone can't be opened; another program may use it.",
};

/** Something happened to the sound: it is `on`, `silent`, or has `ended`. */
export interface SoundNews {
  state: "on" | "silent" | "ended";
  message: string;
}

interface Capturing {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

export class Ear {
  readonly hearing: Hearing;
  private readonly analyser: AnalyserNode;
  private readonly samples = new Float32Array(KEPT_SAMPLES);
  private readonly timer: ReturnType<typeof setInterval>;
  /** The second up to which the sound was heard, and the samples of silence before it. */
  private heard: number;
  private silent = 0;

  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly source: SoundSource,
    private readonly listener: { update(): void; tell(news: SoundNews): void },
  ) {
    this.hearing = new Hearing(context.sampleRate);
    this.analyser = new AnalyserNode(context, { fftSize: KEPT_SAMPLES });
    context.createMediaStreamSource(stream).connect(this.analyser);
    this.heard = context.currentTime;
    this.timer = setInterval(() => this.poll(), POLL_MILLISECONDS);
  }

  /**
   * Begin to listen.
   *
   * @param listener it is updated some hundred times a second, and told what happens.
   * @throws PlayerError: there is no microphone, a person or the browser refuses it, or the source has no sound.
   */
  static async open(source: SoundSource, listener: { update(): void; tell(news: SoundNews): void }): Promise<Ear> {
    const stream = await streamOf(source);
    let context: AudioContext | null = null;
    try {
      context = new AudioContext({ latencyHint: "interactive" });
      const waiting = new Promise((resolve) => setTimeout(resolve, START_MILLISECONDS));
      await Promise.race([context.resume(), waiting]);
      if (context.state !== "running") throw new PlayerError("The browser begins with sound after a click or key; listen again then.");
      if (!stream.getAudioTracks().length) throw new PlayerError("The source has no sound; give another one.");
      return new Ear(context, stream, source, listener);
    } catch (error) {
      giveBack(stream, source, context);
      throw error;
    }
  }

  /** Stop listening, and give back the microphone. */
  close(): void {
    clearInterval(this.timer);
    giveBack(this.stream, this.source, this.context);
  }

  private poll(): void {
    const { context, hearing, samples, stream, listener } = this;
    const isMicrophone = this.source === "mic";
    const tracks = stream.getAudioTracks();
    if (tracks.every(({ readyState }) => readyState === "ended")) {
      const what = isMicrophone ? "The microphone has stopped" : "The sound has ended";
      return listener.tell({ state: "ended", message: `${what}; the scene lives on without it.` });
    }
    const now = context.currentTime;
    const fresh = Math.min(Math.round((now - this.heard) * context.sampleRate), samples.length);
    this.heard = now;
    if (fresh > 0) {
      this.analyser.getFloatTimeDomainData(samples);
      hearing.hear(samples.subarray(samples.length - fresh));
      const before = this.silent;
      this.silent = hearing.level < SILENCE ? before + fresh : 0;
      const limit = SILENT_SECONDS * context.sampleRate;
      if (isMicrophone && before < limit && this.silent >= limit) {
        listener.tell({ state: "silent", message: "The microphone is silent; it may be muted." });
      }
    }
    listener.update();
  }
}

/** End what was opened to hear a source: a page's own stream goes on. */
function giveBack(stream: MediaStream, source: SoundSource, context: AudioContext | null): void {
  context?.close().catch(() => {}); // the browser may have closed it already
  if (stream !== source) for (const track of stream.getTracks()) track.stop();
}

async function streamOf(source: SoundSource): Promise<MediaStream> {
  if (source instanceof MediaStream) return source;
  if (source instanceof HTMLMediaElement) {
    const { captureStream, mozCaptureStream } = source as Capturing;
    const capture = captureStream ?? mozCaptureStream;
    if (!capture) throw new PlayerError("This browser can't hear an element of the page; give a MediaStream.");
    return refused(() => capture.call(source), "This element can't be heard");
  }
  if (source !== "mic") throw new PlayerError(`A scene hears "mic", a MediaStream, or an audio or video element.`);
  const { mediaDevices } = navigator;
  if (!mediaDevices) throw new PlayerError("This page can't use a microphone, because it doesn't come over https.");
  return refused(() => mediaDevices.getUserMedia({ audio: RAW }), "The microphone can't be heard");
}

async function refused<T>(open: () => T | Promise<T>, what: string): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new PlayerError(REFUSALS[name] ?? `${what} (${plain(message)}).`);
  }
}
