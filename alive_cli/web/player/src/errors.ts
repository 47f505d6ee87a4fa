/** Everything that keeps a scene from playing, as errors of one sentence each. */

/** Why a bundle is refused (SPEC.md, Conformance). */
export type Refusal = "corrupt" | "unsafe" | "unsupported" | "not exported";

/** A bundle that can't be used. */
export class BundleError extends Error {
  override name = "BundleError";
  constructor(
    readonly kind: Refusal,
    message: string,
  ) {
    super(message);
  }
}

/** Anything else that keeps a scene from playing: the page, the host or the browser. */
export class PlayerError extends Error {
  override name = "PlayerError";
}

/** The host doesn't answer, and after some tries that was taken as it is. */
export class UnreachableError extends PlayerError {
  override name = "UnreachableError";
}

/** The error for a bundle that is damaged, or contradicts itself or the format. */
export const corrupt = (message: string): BundleError => new BundleError("corrupt", message);
/** The error for a bundle that exceeds a limit or asks for something dangerous. */
export const unsafe = (message: string): BundleError => new BundleError("unsafe", message);

/** An error as it crosses from a worker to the page. */
export interface PackedError {
  message: string;
  kind?: Refusal;
  known: boolean;
}

export function packError(error: unknown): PackedError {
  if (error instanceof BundleError) return { message: error.message, kind: error.kind, known: true };
  if (error instanceof PlayerError) return { message: error.message, known: true };
  return { message: error instanceof Error ? `${error.name}: ${error.message}` : String(error), known: false };
}

export function unpackError(packed: PackedError): Error {
  if (packed.kind) return new BundleError(packed.kind, packed.message);
  return packed.known ? new PlayerError(packed.message) : new Error(packed.message);
}
