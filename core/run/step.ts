/**
 * What changes from one step to the next: a small uniform, written for many steps
 * at once and bound with a dynamic offset, so that replay makes no new objects.
 * @module
 */

/** The WGSL of the step's uniform, for kernels that are `stepwise`. */
export const STEP_WGSL: string = `struct Step {
  start: u32,   // where the batch begins in the order of samples
  count: u32,   // how many of the batch's samples are real
  row: u32,     // where the batch's losses go
  index: u32,   // which of the steps that go out at once it is
  scale: f32,   // 1 / the number of samples that a gradient is the mean over
  begins: u32,  // 1 where the gradient begins with this batch, 0 where it is added to that of the one before
  ends: u32,    // 1 where the parameters are updated after this batch
  unused: u32,
}
@group(1) @binding(0) var<uniform> step: Step;
`;

/** Bytes of one step's uniform. */
export const STEP_BYTES = 32;

/** Bytes from one step's uniform to the next: WebGPU's offset alignment. */
export const STEP_STRIDE = 256;

/** The fields of one step. */
export interface StepFields {
  /** First position of the batch in the order of samples. */
  readonly start: number;
  /** Samples in the batch, at most the plan's batch size. */
  readonly count: number;
  /** First row of the batch's losses. */
  readonly row: number;
  /** What the losses' sum is divided by, which makes a mean of it; default `count`. */
  readonly weight?: number;
  /** What the gradient's sum is divided by; default `weight`. */
  readonly divisor?: number;
  /** Whether the gradient is added to that of the step before; default false. */
  readonly goesOn?: boolean;
  /** Whether the parameters are left as they are, for the gradient of the next step to be added; default false. */
  readonly waits?: boolean;
  /** The numbers of each row of {@linkcode UpdateRows}, one after another; none where nothing is updated. */
  readonly scalars?: readonly number[];
}

/** Packs steps as the uniform buffer wants them, one every {@linkcode STEP_STRIDE} bytes. */
export function packSteps(steps: readonly StepFields[]): ArrayBuffer {
  const bytes = new ArrayBuffer(steps.length * STEP_STRIDE);
  const view = new DataView(bytes);
  for (const [index, step] of steps.entries()) {
    const at = index * STEP_STRIDE;
    const divisor = step.divisor ?? step.weight ?? step.count;
    view.setUint32(at, step.start, true);
    view.setUint32(at + 4, step.count, true);
    view.setUint32(at + 8, step.row, true);
    view.setUint32(at + 12, index, true);
    view.setFloat32(at + 16, divisor === 0 ? 0 : 1 / divisor, true);
    view.setUint32(at + 20, step.goesOn ? 0 : 1, true);
    view.setUint32(at + 24, step.waits ? 0 : 1, true);
  }
  return bytes;
}

/** The scalars of steps, one after another, as the update reads them. */
export function packScalars(steps: readonly StepFields[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(steps.flatMap(({ scalars = [] }) => scalars));
}
