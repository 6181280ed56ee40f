/**
 * From graph to kernels: fusion, the kernels' texts, and which of them go out together; nothing here needs a device.
 * @module
 */
import { CopyOp } from "../graph/accumulate.ts";
import { type Binding, Epilogue } from "../graph/epilogue.ts";
import { fuse, type Group, storageOf } from "../graph/fuse.ts";
import type { Value } from "../graph/graph.ts";
import { operandsOf, type Profile } from "../graph/op.ts";
import { alone, type Kernel, type Together, together } from "./together.ts";

/** What is to be computed. */
export interface LowerRequest {
  /** Values that must lie in memory after a run. */
  readonly wanted: readonly Value[];
  /** Values that lie somewhere already. */
  readonly placed: { has(value: Value): boolean };
  /** Gradients by parameter name; they go to one flat buffer. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** False: one kernel per node, for debugging. */
  readonly fusion: boolean;
}

/** How many partial sums of a gradient the optimiser's kernel takes. */
const MAX_PARTIALS = 64;

/** The kernels in order, and the gradients as they are made. */
export function lower(
  request: LowerRequest,
  profile: Profile,
  limits: Pick<GPUSupportedLimits, "maxStorageBuffersPerShaderStage" | "maxComputeWorkgroupStorageSize">,
): { readonly gradients: ReadonlyMap<string, Value>; readonly kernels: readonly Together[] } {
  const { gradients, groups } = withoutCopies(request);
  const wanted = [...request.wanted, ...gradients.values()];
  const readers = countReaders(groups, wanted);
  const inOneBuffer = new Set([...gradients.values()].map(storageOf));
  const kernels = groups.map((group) => lowerGroup(profile, group, readers, inOneBuffer));
  const { maxStorageBuffersPerShaderStage: buffers, maxComputeWorkgroupStorageSize: workgroupBytes } = limits;
  return {
    gradients,
    // What is small to a GPU is much to a processor, which would rather have every address as a literal.
    kernels: request.fusion && profile.kind === "gpu"
      ? together(kernels, { buffers, workgroupBytes, inOneBuffer })
      : kernels.map(alone),
  };
}

/** The gradients, of which a copy is what was copied, where no kernel would both read and write their one buffer. */
function withoutCopies(request: LowerRequest): { gradients: ReadonlyMap<string, Value>; groups: readonly Group[] } {
  const refused = new Set<Value>();
  const kept = new Set(request.wanted.map(storageOf));
  for (;;) {
    const gradients = new Map([...request.gradients].map(([name, value]) => {
      const source = value.node?.op === CopyOp ? storageOf(value.node.inputs[0]) : value;
      const isMade = source.node !== null && !request.placed.has(source) && !kept.has(source);
      return [name, request.fusion && isMade && !refused.has(source) ? source : value];
    }));
    const groups = fuse([...request.wanted, ...gradients.values()], request.fusion);
    const roots = new Set([...gradients.values()].map(storageOf));
    const before = refused.size;
    for (const group of groups) {
      const written = group.steps.some(({ value, stored }) => stored && roots.has(storageOf(value))) ||
        group.anchor.outputs.some((value) => roots.has(value));
      if (!written) continue;
      for (const value of readsOf(group)) if (roots.has(storageOf(value))) refused.add(storageOf(value));
    }
    if (refused.size === before) return { gradients, groups };
  }
}

/** What a group's kernel reads. */
function readsOf(group: Group): Value[] {
  return [
    ...group.inputs,
    ...group.prologue?.bindings.map(({ value }) => value) ?? [],
    ...group.steps.flatMap(({ stage }) => stage === null ? [] : operandsOf(stage)),
  ];
}

/** How many kernels (or the caller) read each stored value. */
function countReaders(groups: readonly Group[], wanted: readonly Value[]): Map<Value, number> {
  const count = new Map<Value, number>();
  const add = (value: Value) => count.set(storageOf(value), (count.get(storageOf(value)) ?? 0) + 1);
  wanted.forEach(add);
  groups.forEach((group) => readsOf(group).forEach(add));
  return count;
}

/** Writes a group's kernel. */
function lowerGroup(
  profile: Profile,
  group: Group,
  readers: ReadonlyMap<Value, number>,
  gradients: ReadonlySet<Value>,
  lanes?: number,
  rowsOfGroup?: number,
): Kernel {
  const { anchor } = group;
  const used = anchor.outputs.map((value) => readers.has(value));
  const onlyOptimizer = anchor.outputs.every((value, k) =>
    !used[k] || (gradients.has(value) && readers.get(value) === 1)
  );
  const epilogue = new Epilogue(group.steps, anchor.inputs.length, group.view);
  const text = anchor.op.kernel!({
    inputs: anchor.inputs.map((value) => value.shape),
    outputs: anchor.outputs.map((value) => value.shape),
    attributes: anchor.attributes,
    epilogue,
    ...(group.prologue === null ? {} : { prologue: group.prologue }),
    profile: lanes === undefined ? profile : { ...profile, lanes },
    ...rowsOfGroup === undefined ? {} : { rowsOfGroup },
    used,
    maxPartials: onlyOptimizer ? MAX_PARTIALS : 1,
  });
  const kernel = { ...text, name: `${group.prologue?.prefix ?? ""}${text.name}${epilogue.suffix}` };
  const inputs = group.inputs.map((value): Binding => ({ value, access: "read" }));
  const results = anchor.op.carries === undefined
    ? anchor.outputs.filter((_, k) => used[k]).map((value): Binding => ({ value, access: "read_write" }))
    : epilogue.bindings;
  return {
    group,
    text: kernel,
    bindings: [...inputs, ...results, ...group.prologue?.bindings ?? []],
    shaped: (...shape) => lowerGroup(profile, group, readers, gradients, ...shape),
  };
}
