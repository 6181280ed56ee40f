/**
 * How a hub chose the circuit of an artifact: what the JSON in an artifact's `report` holds.
 * @module
 */

/** A circuit that fidelity weighed. */
export interface CandidateRow {
  /** Bits behind the point where tables get their inputs. */
  bits: number;
  /** Bits that values lose before a layer. */
  dropBits: number;
  /** Magnitude below which a weight became 0. */
  deadZone: number;
  /** Samples that it was run on. */
  samples: number | null;
  /** Share of them that it answers as the network does; null where the largest output is no answer. */
  accuracy: number | null;
  /** The float network's share on the same samples. */
  floatAccuracy: number | null;
  /** Largest difference of an output from the float network's. */
  largestError: number | null;
  /**
   * Share of the targets' variance that the circuit's outputs explain, of several outputs that of the one that loses
   * most; null where all samples have the same. Hubs that judge by accuracy alone leave it out, and the next two.
   */
  r2?: number | null;
  /** The same of the float network. */
  floatR2?: number | null;
  /** Root mean square of that output's differences from the float network's, in its own unit. */
  rootMeanSquare?: number | null;
  /** Cells of the circuit; null where it does not fit. */
  cells: number | null;
  /** Bytes of the proving key; null where it does not fit. */
  pkBytes: number | null;
  /** Whether it is the one. */
  chosen: boolean;
  /** Why it was dropped, or null. */
  dropped: string | null;
}

/** A combination of scales that EZKL's own rules weighed. */
export interface PointRow {
  /** Scale of the inputs. */
  inputScale: number;
  /** Scale of the weights. */
  paramScale: number;
  /** Multiplier at which products are divided. */
  scaleRebaseMultiplier: number;
  /** log2 of the rows that it would have; null where it was dropped. */
  logrows: number | null;
  /** Cells that it would have; null where it was dropped. */
  cells: number | null;
  /** Whether it is the one. */
  chosen: boolean;
  /** Why it was dropped, or null. */
  dropped: string | null;
}

/** The report of an artifact. */
export interface CalibrationReport {
  /** What was asked for. */
  target: string;
  /** What was aimed at in the end. */
  used: string;
  /** Why that is something else, or an empty text. */
  why: string;
  /** Samples that were given. */
  samples: number;
  /** By what fidelity held circuits to the network: accuracy, R2, or largest error. */
  measure?: string;
  /**
   * What a circuit may lose, for fidelity: by accuracy the share of the samples that may be answered otherwise, never
   * finer than one; by R2 the share of the variance.
   */
  tolerance?: number;
  /** What to know of how fidelity judged, a sentence each. */
  remarks?: string[];
  /** What fidelity weighed, cheapest first. */
  candidates?: CandidateRow[];
  /** What EZKL's rules weighed, in order. */
  points?: PointRow[];
}
