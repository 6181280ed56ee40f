/**
 * Fusion: which nodes ride at the end, or the start, of which kernel.
 *
 * An operation says what it can be (`stage`) and what its kernel can take
 * (`carries`, `absorbs`); this walks the graph once and puts them together.
 * @module
 */
import type { EpilogueStep } from "./epilogue.ts";
import { needed, type Node, type Value } from "./graph.ts";
import { operandsOf, type Stage, stagesOf } from "./op.ts";
import { Prologue } from "./prologue.ts";
import { type Shape, sizeOf } from "../base/shape.ts";

/** One kernel to be: a node, and the stages that ride on it. */
export interface Group {
  /** The node whose kernel it is. */
  readonly anchor: Node;
  /** What the kernel binds as its inputs. */
  readonly inputs: readonly Value[];
  /** The stages that one of the inputs goes through on its way in, if any. */
  readonly prologue: Prologue | null;
  /** The kernel's own result, then each stage. */
  readonly steps: readonly EpilogueStep[];
  /** The result's shape as a pooling or spreading stage sees it. */
  readonly view: Shape;
}

/** The value whose storage this one shares: itself, unless its node only reshapes. */
export function storageOf(value: Value): Value {
  let root = value;
  while (root.node !== null && root.node.op.kernel === undefined) root = root.node.inputs[0];
  return root;
}

/** What may be fused with what. */
export interface FuseOptions {
  /** False leaves all stages at the ends of kernels: nothing is absorbed. */
  readonly starts?: boolean;
  /** False keeps stages apart that make more of numbers a channel. */
  readonly channels?: boolean;
  /** False keeps a stage apart from a kernel whose result it sees under another batch. */
  readonly acrossBatches?: boolean;
}

/** Storage buffers that every WebGPU device lets a kernel bind (maxStorageBuffersPerShaderStage). */
const MAX_BINDINGS = 8;

/** Who reads each stored value: nodes, or the caller (null). */
type Readers = ReadonlyMap<Value, readonly (Node | null)[]>;

interface OpenGroup {
  readonly anchor: Node;
  readonly position: number;
  readonly nodes: Node[];
  readonly stages: Stage[];
  view: Shape;
  prologue: Prologue | null;
}

/**
 * Groups the nodes that `wanted` needs into kernels, in an order of execution.
 *
 * @param wanted Values that must lie in memory afterwards.
 * @param enabled False keeps every node a kernel of its own, as debugging wants.
 */
export function fuse(
  wanted: readonly Value[],
  enabled = true,
  { starts = true, acrossBatches = true, channels = true }: FuseOptions = {},
): Group[] {
  const nodes = needed(wanted).filter((node) => node.op.kernel !== undefined);
  const readers = readersOf(nodes, wanted);
  const groups: OpenGroup[] = [];
  const maker = new Map<Value, OpenGroup>();
  for (const node of nodes) {
    const host = enabled ? findHost(node, maker, readers, { acrossBatches, channels }) : null;
    const group = host?.group ?? open(node, groups.length);
    if (host === null) groups.push(group);
    else {
      group.stages.push(host.stage);
      if (host.stage.kind !== "map") group.view = node.inputs[host.rides].shape;
    }
    group.nodes.push(node);
    for (const value of node.outputs) maker.set(value, group);
  }
  if (enabled && starts) groups.forEach((group) => moveToReader(group, maker, readers));
  return groups.map((group) => close(group, readers));
}

function open(anchor: Node, position: number): OpenGroup {
  return { anchor, position, nodes: [], stages: [], view: anchor.outputs[0].shape, prologue: null };
}

/** Whether a stage makes more of numbers a channel. */
export function isOfChannels(stage: Stage): boolean {
  return stage.kind === "map" && stage.channels === true;
}

/** Where a node can ride, and as what. */
interface Ride {
  readonly group: OpenGroup;
  readonly rides: number;
  readonly stage: Stage;
}

/** The group at whose end the node can ride, if there is one. */
function findHost(
  node: Node,
  maker: ReadonlyMap<Value, OpenGroup>,
  readers: Readers,
  { acrossBatches, channels }: FuseOptions,
): Ride | null {
  for (const { rides, stage } of stagesOf(node)) {
    if (!channels && isOfChannels(stage)) continue;
    const input = storageOf(node.inputs[rides]);
    if (!acrossBatches && input.shape[0] !== node.inputs[rides].shape[0]) continue;
    const group = maker.get(input);
    if (group !== undefined && takes(group, node, input, stage, maker, readers)) return { group, rides, stage };
  }
  return null;
}

/** Whether a stage can ride at the end of a group that makes `input`. */
function takes(
  host: OpenGroup,
  node: Node,
  input: Value,
  stage: Stage,
  maker: ReadonlyMap<Value, OpenGroup>,
  readers: Readers,
): boolean {
  if (host.nodes.at(-1)!.outputs[0] !== input) return false;
  if (!host.anchor.op.carries?.includes(stage.kind)) return false;
  if (stage.kind !== "map" && host.stages.some((other) => other.kind !== "map")) return false;
  const ready = operandsOf(stage).every((value) => {
    const made = maker.get(storageOf(value));
    return made === undefined || made.position < host.position;
  });
  return ready && bindings(host, node, stage, readers) <= MAX_BINDINGS;
}

/**
 * Where a kernel ends by spreading its result for a single reader that can do
 * that itself, leaves it to the reader: a quarter of the stores, and no second
 * pass over what was spread.
 */
function moveToReader(host: OpenGroup, maker: ReadonlyMap<Value, OpenGroup>, readers: Readers): void {
  const at = host.stages.findIndex((stage) => stage.kind === "spread" && stage.operands.length === 0);
  if (at === -1) return;
  const moved = host.nodes.slice(at + 1);
  const spread = host.stages.slice(at).some((stage, k) =>
    operandsOf(stage).some(({ shape }) => sizeOf(shape) !== sizeOf(moved[k].outputs[0].shape))
  );
  if (spread) return;
  const last = moved.at(-1)!.outputs[0];
  const [reader, ...others] = readers.get(last) ?? [];
  const taker = reader ? maker.get(reader.outputs[0]) : undefined;
  const input = reader?.op.absorbs?.(reader) ?? null;
  if (!reader || others.length > 0 || taker?.anchor !== reader || input === null) return;
  const width = last.shape[3];
  const goesIn = storageOf(reader.inputs[input]) === last && width % 4 === 0;
  if (!goesIn || moved.some(({ outputs }, k) => k + 1 < moved.length && isStored(outputs[0], moved[k + 1], readers))) {
    return;
  }
  const prologue = new Prologue(input, moved[0].inputs[0], host.stages.slice(at), width);
  if (reader.inputs.length + reader.outputs.length + prologue.bindings.length > MAX_BINDINGS) return;
  taker.prologue = prologue;
  host.stages.splice(at);
  host.nodes.splice(at + 1);
  host.view = host.anchor.outputs[0].shape;
}

/** How many buffers the group's kernel binds once the node rides on it. */
function bindings(host: OpenGroup, node: Node, stage: Stage, readers: Readers): number {
  const operands = [...host.stages, stage].flatMap(operandsOf);
  const chain = [...host.nodes, node];
  const stored = chain.filter(({ outputs }, index) => isStored(outputs[0], chain[index + 1], readers)).length;
  return host.anchor.inputs.length + new Set(operands).size + stored;
}

/** Whether anybody but the next node of the chain reads a value. */
function isStored(value: Value, next: Node | undefined, readers: Readers): boolean {
  return (readers.get(value) ?? []).some((reader) => reader === null || reader !== next);
}

/** Who reads each stored value: nodes, or the caller (null). */
function readersOf(nodes: readonly Node[], wanted: readonly Value[]): Map<Value, (Node | null)[]> {
  const readers = new Map<Value, (Node | null)[]>();
  const add = (value: Value, reader: Node | null) => {
    const root = storageOf(value);
    readers.set(root, [...readers.get(root) ?? [], reader]);
  };
  for (const node of nodes) node.inputs.forEach((value) => add(value, node));
  wanted.forEach((value) => add(value, null));
  return readers;
}

function close(group: OpenGroup, readers: Readers): Group {
  const steps = group.nodes.map((node, index): EpilogueStep => {
    const value = node.outputs[0];
    const next = group.nodes[index + 1];
    const stored = isStored(value, next, readers);
    return { value, stored, stage: index === 0 ? null : group.stages[index - 1] };
  });
  const { anchor, prologue, view } = group;
  const inputs = anchor.inputs.map((value, index) => index === prologue?.input ? prologue.source : value);
  return { anchor, inputs, prologue, steps, view };
}
