/**
 * A kernel ready to run: its pipeline, its buffers, its size.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { DeviceError } from "../base/errors.ts";
import type { KernelText } from "../graph/op.ts";
import { STEP_BYTES } from "./step.ts";
import { ShaderStage } from "./usage.ts";

/** A range of a buffer. */
export interface Slice {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** First byte; a multiple of 256. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** A slice and how a kernel uses it. */
export interface Bound {
  /** Where it lies. */
  readonly slice: Slice;
  /** How it is used. */
  readonly access: "read" | "read_write";
}

/** One entry of a plan. */
export interface Dispatch {
  /** The kernel's name, with the stages that ride on it. */
  readonly name: string;
  /** The graph's node, for listings: `conv1/Conv2d`; several with commas between where their kernels go out together. */
  readonly node: string;
  /** The compiled kernel. */
  readonly pipeline: GPUComputePipeline;
  /** Its buffers. */
  readonly bindGroup: GPUBindGroup;
  /** Whether it reads the step's uniform. */
  readonly stepwise: boolean;
  /** Workgroups in x, y and z. */
  readonly workgroups: readonly [number, number, number];
  /** What it writes, for debugging. */
  readonly writes: readonly { readonly name: string; readonly slice: Slice }[];
  /** What it binds. */
  readonly bound: readonly Bound[];
}

/** Compiles a kernel and binds its buffers; throws a `DeviceError` where one was freed meanwhile. */
export async function makeDispatch(
  device: GpuDevice,
  node: string,
  kernel: KernelText,
  bound: readonly Bound[],
  writes: Dispatch["writes"],
  step: Slice | null,
): Promise<Dispatch> {
  const limit = device.gpu.limits.maxComputeWorkgroupsPerDimension;
  if (kernel.workgroups.some((count) => count > limit)) {
    throw new DeviceError(
      `${node}: kernel ${kernel.name} wants ${kernel.workgroups.join(" x ")} workgroups and ${device.description} ` +
        `takes ${limit} in a dimension; use a smaller batch`,
    );
  }
  const layouts = [device.gpu.createBindGroupLayout({
    entries: bound.map(({ access }, binding) => ({
      binding,
      visibility: ShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    })),
  })];
  if (step !== null) layouts.push(stepLayout(device));
  const key = bound.map(({ access }) => access).join() + (step === null ? "" : "+step") + "\n";
  const layout = device.gpu.createPipelineLayout({ bindGroupLayouts: layouts });
  const pipeline = await device.pipeline(kernel.name, kernel.wgsl, layout, key);
  // Whoever was to run it may have given up meanwhile.
  bound.forEach(({ slice }) => device.checkAlive(slice.buffer));
  const entries = bound.map(({ slice }, binding) => ({ binding, resource: { ...slice } }));
  return {
    name: kernel.name,
    node,
    pipeline,
    bindGroup: device.bindGroup(layouts[0], entries),
    stepwise: step !== null,
    workgroups: kernel.workgroups,
    writes,
    bound,
  };
}

/** The layout of the step's uniform. */
export function stepLayout(device: GpuDevice): GPUBindGroupLayout {
  return device.gpu.createBindGroupLayout({
    entries: [{
      binding: 0,
      visibility: ShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: STEP_BYTES },
    }],
  });
}

/** Puts a dispatch into a compute pass; `stepOffset` is where its step's uniform lies. */
export function encode(
  pass: GPUComputePassEncoder,
  dispatch: Dispatch,
  stepGroup: GPUBindGroup,
  stepOffset: number,
): void {
  pass.setPipeline(dispatch.pipeline);
  pass.setBindGroup(0, dispatch.bindGroup);
  if (dispatch.stepwise) pass.setBindGroup(1, stepGroup, [stepOffset]);
  pass.dispatchWorkgroups(dispatch.workgroups[0], dispatch.workgroups[1], dispatch.workgroups[2]);
}

/** A slice that is a whole buffer. */
export function whole(buffer: GPUBuffer): Slice {
  return { buffer, offset: 0, size: buffer.size };
}
