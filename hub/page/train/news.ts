/**
 * What the Worker that trains tells the page.
 * @module
 */
import type { Candidate } from "../../ezkl/calibrate/fidelity.ts";

/** What is told while a network learns. */
export type News =
  | { readonly kind: "device"; readonly description: string }
  | { readonly kind: "progress"; readonly progress: EpochProgress }
  | { readonly kind: "epoch"; readonly epoch: EpochReport }
  | { readonly kind: "paused" };

/** How far an epoch is. */
export interface EpochProgress {
  /** Which one, from 1. */
  readonly epoch: number;
  /** Digits seen of it. */
  readonly samples: number;
  /** Digits of an epoch. */
  readonly total: number;
  /** Mean loss over them. */
  readonly loss: number;
  /** Digits in a second. */
  readonly rate: number;
}

/** What is known after an epoch. */
export interface EpochReport {
  /** Which one, from 1. */
  readonly epoch: number;
  /** Mean loss over the digits that it learned from. */
  readonly loss: number;
  /** Mean loss over the test digits. */
  readonly testLoss: number;
  /** Share of the test digits that the float network answers rightly. */
  readonly accuracy: number;
  /** Seconds of training alone. */
  readonly seconds: number;
  /** What a circuit of it would be; or why there is none yet. */
  readonly circuit: CircuitEstimate | string;
}

/** A circuit of the network as it is now, chosen in haste. */
export interface CircuitEstimate {
  /** Share of the test digits that the circuit answers rightly. */
  readonly accuracy: number;
  /** Cells of the circuit. */
  readonly cells: number;
  /** Expected seconds of a proof on one thread. */
  readonly seconds: number;
}

/** A test digit that is answered wrongly. */
export interface Mistake {
  /** Its 784 pixels, 0 or 1. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** What it is. */
  readonly label: number;
  /** What the network says. */
  readonly said: number;
}

/** What a training came to. */
export interface Trained {
  /** The network as ONNX. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** Some test digits that it answers wrongly. */
  readonly mistakes: readonly Mistake[];
}

/** What a calibration found. */
export interface Weighed {
  /** Every circuit that was run, cheapest first. */
  readonly candidates: readonly Candidate[];
  /** Which one was chosen. */
  readonly chosen: number;
  /** Share of the test digits, which chose nothing, that it answers rightly. */
  readonly accuracy: number;
  /** The float network's share of the same. */
  readonly floatAccuracy: number;
}

/** A circuit to prove with. */
export interface ChosenCircuit {
  /** Which candidate it is. */
  readonly candidate: number;
  /** Share of the test digits that it answers rightly. */
  readonly accuracy: number;
  /** The network with its weights on the circuit's grid. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** `settings.json`. */
  readonly settings: Uint8Array<ArrayBuffer>;
  /** The compiled circuit. */
  readonly compiled: Uint8Array<ArrayBuffer>;
}
