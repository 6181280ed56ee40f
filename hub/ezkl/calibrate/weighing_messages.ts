/**
 * What a calibration and its threads say to each other.
 * @module
 */
import type { Piece, Pieces, Study } from "./weigher.ts";

/** What a thread is told. */
export type ToThread =
  | { readonly kind: "open"; readonly study: Study }
  | { readonly kind: "do"; readonly piece: Piece };

/** What a thread says. */
export type FromThread =
  | { readonly kind: "done"; readonly answer: Pieces[keyof Pieces]["answer"] }
  /** An error of zkgrad's own, which the piece throws wherever it is done. */
  | { readonly kind: "refused"; readonly name: string; readonly message: string }
  | { readonly kind: "failed"; readonly reason: string };
