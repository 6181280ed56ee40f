/**
 * What changes from one step to the next: a small uniform, written for many steps
 * at once and bound with a dynamic offset, so that replay makes no new objects.
 * @module
 */

/** The WGSL of the step's uniform, for kernels that are `stepwise`. */
export const STEP_WGSL: string = `struct Step {
  start: u32,  // where the batch begins in the order of samples
  count: u32,  // how many of the batch's samples are real
  row: u32,    // where the batch's losses go
  seed: u32,   // another number for each step of training, 0 elsewhere
  scale: f32,  // 1 / count
  a: f32,      // the optimiser's two scalars of this step
  b: f32,
  unused: f32,
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
  /** The optimiser's scalars (see `Optimizer.scalars`). */
  readonly scalars: readonly [number, number];
  /** What random numbers of the step are drawn from: its number in training, counting from 1; default 0. */
  readonly seed?: number;
}

/** Packs steps as the uniform buffer wants them, one every {@linkcode STEP_STRIDE} bytes. */
export function packSteps(steps: readonly StepFields[]): ArrayBuffer {
  const bytes = new ArrayBuffer(steps.length * STEP_STRIDE);
  const view = new DataView(bytes);
  for (const [index, step] of steps.entries()) {
    const at = index * STEP_STRIDE;
    view.setUint32(at, step.start, true);
    view.setUint32(at + 4, step.count, true);
    view.setUint32(at + 8, step.row, true);
    view.setUint32(at + 12, step.seed ?? 0, true);
    view.setFloat32(at + 16, 1 / step.count, true);
    view.setFloat32(at + 20, step.scalars[0], true);
    view.setFloat32(at + 24, step.scalars[1], true);
  }
  return bytes;
}
