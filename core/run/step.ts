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
  share: f32,  // a sample's share in the gradient: 1 / what that is the mean over
  phase: u32,  // 1: the gradient begins with this batch; 2: parameters are updated after it; 3: both
  index: u32,  // which of the steps that go out at once it is
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
  /** Samples that are right or wrong; default `count`. */
  readonly counted?: number;
  /** What the gradient's sum is divided by; default `weight`. */
  readonly divisor?: number;
  /** Whether the gradient is added to that of the step before; default false. */
  readonly goesOn?: boolean;
  /** Whether the parameters are left as they are, for the gradient of the next step to be added; default false. */
  readonly waits?: boolean;
  /** The numbers of each row of {@linkcode UpdateRows}, one after another; none where nothing is updated. */
  readonly scalars?: readonly number[];
  /** What random numbers of the step are drawn from: its number in training, counting from 1; default 0. */
  readonly seed?: number;
}

/** A sample's share in the gradient; 0 where all samples are left out. */
function shareOf({ divisor, weight, count }: StepFields): number {
  const total = divisor ?? weight ?? count;
  return total === 0 ? 0 : 1 / total;
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
    view.setFloat32(at + 20, shareOf(step), true);
    view.setUint32(at + 24, (step.goesOn ? 0 : 1) | (step.waits ? 0 : 2), true);
    view.setUint32(at + 28, index, true);
  }
  return bytes;
}

/** The scalars of steps, one after another, as the update reads them. */
export function packScalars(steps: readonly StepFields[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(steps.flatMap(({ scalars = [] }) => scalars));
}
