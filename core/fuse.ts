/**
 * Fusion: which nodes ride at the end of which kernel.
 *
 * An operation says what it can be (`stage`) and what its kernel can take
 * (`carries`); this walks the graph once and puts them together.
 * @module
 */
import type { EpilogueStep } from "./epilogue.ts";
import type { Node, Value } from "./graph.ts";
import type { Stage } from "./op.ts";
import type { Shape } from "./shape.ts";

/** One kernel to be: a node, and the stages that ride on it. */
export interface Group {
  /** The node whose kernel it is. */
  readonly anchor: Node;
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

/** The nodes that `wanted` needs, in order. */
export function needed(wanted: Iterable<Value>): Node[] {
  const nodes = new Set<Node>();
  const visit = [...wanted];
  for (let value = visit.pop(); value !== undefined; value = visit.pop()) {
    if (value.node === null || nodes.has(value.node)) continue;
    nodes.add(value.node);
    visit.push(...value.node.inputs);
  }
  return [...nodes].sort((a, b) => a.id - b.id);
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
}

/**
 * Groups the nodes that `wanted` needs into kernels, in an order of execution.
 *
 * @param wanted Values that must lie in memory afterwards.
 * @param enabled False keeps every node a kernel of its own, as debugging wants.
 */
export function fuse(wanted: readonly Value[], enabled = true): Group[] {
  const nodes = needed(wanted).filter((node) => node.op.kernel !== undefined);
  const readers = readersOf(nodes, wanted);
  const groups: OpenGroup[] = [];
  const maker = new Map<Value, OpenGroup>();
  for (const node of nodes) {
    const host = enabled ? findHost(node, maker, readers) : null;
    const group = host ?? { anchor: node, position: groups.length, nodes: [], stages: [], view: node.outputs[0].shape };
    if (host === null) groups.push(group);
    else {
      const stage = node.op.stage!(node)!;
      group.stages.push(stage);
      if (stage.kind !== "map") group.view = node.inputs[0].shape;
    }
    group.nodes.push(node);
    for (const value of node.outputs) maker.set(value, group);
  }
  return groups.map((group) => close(group, readers));
}

/** The group at whose end the node can ride, if there is one. */
function findHost(node: Node, maker: ReadonlyMap<Value, OpenGroup>, readers: Readers): OpenGroup | null {
  const stage = node.op.stage?.(node) ?? null;
  const input = storageOf(node.inputs[0]);
  const host = maker.get(input);
  if (stage === null || host === undefined) return null;
  if (host.nodes.at(-1)!.outputs[0] !== input) return null;
  if (!host.anchor.op.carries?.includes(stage.kind)) return null;
  if (stage.kind !== "map" && host.stages.some((other) => other.kind !== "map")) return null;
  const operands = stage.kind === "pool" ? [] : stage.operands;
  const ready = operands.every((value) => {
    const made = maker.get(storageOf(value));
    return made === undefined || made.position < host.position;
  });
  return ready && bindings(host, node, stage, readers) <= MAX_BINDINGS ? host : null;
}

/** How many buffers the group's kernel binds once the node rides on it. */
function bindings(host: OpenGroup, node: Node, stage: Stage, readers: Readers): number {
  const operands = [...host.stages, stage].flatMap((each) => each.kind === "pool" ? [] : each.operands);
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
  return { anchor: group.anchor, steps, view: group.view };
}
