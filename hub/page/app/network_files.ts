/**
 * What lies beside the page in `network/`: the build writes it, the page reads it.
 * @module
 */

/** What people are told of a network; `network/about.json` holds it. */
export interface AboutNetwork {
  /** What it is, as "conv 6 and 12, stride 2". */
  readonly name: string;
  /** The circuit's share of right answers on images that nothing was chosen by; null where nobody knows. */
  readonly accuracy: number | null;
  /** Images that this was measured on. */
  readonly images: number;
  /** Height and width of what it reads. */
  readonly side: number;
  /** Whether pixels are rounded to 0 and 1. */
  readonly binary: boolean;
  /** Cells of its circuit. */
  readonly cells: number;
  /** Rows of its circuit, as log2. */
  readonly logrows: number;
  /** Seconds of a proof with one thread, as its price says. */
  readonly seconds: number;
  /** Bytes of memory that the prover takes. */
  readonly heapBytes: number;
  /** Where its reference string comes from. */
  readonly srs: { readonly origin: "ceremony" | "unsafe" | "unknown"; readonly text: string };
  /** Whether {@linkcode CIRCUITS_FILE} lies beside it. */
  readonly hasCircuits?: boolean;
}

/** The network with the circuit's own weights, beside the page: what a hub is given, and fetched when one is asked. */
export const CALIBRATED_FILE = "network.calibrated.onnx";

/** What each of its other files is called beside the page. */
export const NETWORK_FILES = {
  onnx: "network.onnx",
  compiled: "network.compiled",
  settings: "settings.json",
  vk: "key.vk",
  srs: "kzg.srs",
} as const;

/** Circuits of the same network that were weighed and not taken, and last the one that was. */
export const CIRCUITS_FILE = "circuits.json";
