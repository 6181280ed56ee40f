/**
 * A cell that goes over time, as both back ends have it.
 * @module
 */

/** A cell, in WGSL. */
export interface Cell {
  /** PyTorch's and ONNX's name. */
  readonly name: string;
  /** Rows of the weights are as many times the hidden size. */
  readonly gates: number;
  /** The gates that each sum takes of the input and of the state before, or null. */
  readonly sums: readonly (readonly [x: number | null, h: number | null])[];
  /** Whether there is a second state, `c`, beside the output. */
  readonly memory: boolean;
  /** Functions that both formulas call. */
  readonly functions: string;
  /**
   * The formula forward: knows `sum(s)`, `h` and (with a memory) `c` of before; sets `y` and (with a memory) `next`, and
   * keeps `keep(s, v)`, in place of each sum.
   */
  readonly forward: string;
  /**
   * The formula backward: knows `dy`, the gradient of the output, and with a memory `dc`, that of the memory after; `y`,
   * `h` and (with a memory) `next` and `c`; `kept(s)`. Sets `slope(s, v)`, the gradient of each sum, and adds to `dh`
   * (and sets `dc`) what goes to the state before by another way than the sums.
   */
  readonly backward: string;
}

/** How often and how wide a cell is. */
export interface RecurrenceSizes {
  /** Steps. */
  readonly steps: number;
  /** Features of the input. */
  readonly features: number;
  /** Units. */
  readonly hidden: number;
  /** True: from the last step to the first. */
  readonly reverse: boolean;
}

/** What it is for the CPU. */
export interface RecurrenceForm {
  /** Which template. */
  readonly kind: "recurrence";
  /** The cell. */
  readonly cell: Cell;
  /** Its sizes. */
  readonly sizes: RecurrenceSizes;
  /** Whether it is the way back. */
  readonly isBackward: boolean;
  /** Whether there are the inputs that may be left out: biases forward, the gradient of the memory on the way back. */
  readonly more: boolean;
}

/** Whether input and state come to different sums, so that their gradients differ. */
export function isApart({ sums }: Cell): boolean {
  return sums.some(([x, h]) => x !== h);
}
