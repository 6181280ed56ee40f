/**
 * EZKL's reader writes a change of shape as steps: an axis of 1 goes or comes, or some axes
 * beside each other become others of the same volume. A table or a LeakyRelu comes before the
 * steps in front of it, and steps that undo each other are left out, also where others stand
 * between them.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { countUses, Rewrite } from "../network/graph.ts";
import type { Network } from "../network/network.ts";

/** At an axis, the sizes before and after: `[1]` and none where an axis goes, none and `[1]` where one comes. */
interface ShapeStep {
  at: number;
  from: readonly number[];
  to: readonly number[];
}

/** A value, and the steps of shape behind it. */
interface Chain {
  /** The value's new place. */
  start: number;
  /** Its shape. */
  shape: readonly number[];
  steps: ShapeStep[];
}

const UNARY = new Set(["Sigmoid", "Tanh", "LeakyRelu"]);

/** The same network, with every change of shape in EZKL's steps. */
export function splitReshapes(network: Network): Network {
  const { nodes, outputs } = network;
  const uses = countUses(network);
  const rewrite = new Rewrite();
  const chains = new Map<number, Chain>();
  for (const [place, { op, inputs, shape, label }] of nodes.entries()) {
    const [source] = inputs;
    const isAlone = inputs.length === 1 && uses[source] === 1 && !outputs.includes(source);
    const before = isAlone ? chains.get(source) : undefined;
    const isReshape = op.type === "Reshape" && nodes[source].op.type !== "Constant";
    let chain: Chain | undefined;
    if (isReshape) {
      const { start, shape: from, steps } = before ??
        { start: rewrite.at(source), shape: nodes[source].shape, steps: [] };
      chain = { start, shape: from, steps: withoutUndone([...steps, ...stepsOf(nodes[source].shape, shape)]) };
    } else if (before && UNARY.has(op.type)) {
      chain = { ...before, start: rewrite.add(op, [before.start], before.shape, label) };
    }
    if (chain === undefined) rewrite.stands(rewrite.add(op, inputs.map((input) => rewrite.at(input)), shape, label));
    else {
      chains.set(place, chain);
      rewrite.stands(laid(rewrite, chain, label));
    }
  }
  return rewrite.finish(network);
}

/** The nodes of a chain; what a later step makes needless, nothing reads. */
function laid(rewrite: Rewrite, { start, shape, steps }: Chain, label: string): number {
  let at = start, current = shape;
  for (const step of steps) {
    current = after(current, step);
    at = rewrite.add({ type: "Reshape" }, [at], current, label);
  }
  return at;
}

function after(shape: readonly number[], { at, from, to }: ShapeStep): number[] {
  return [...shape.slice(0, at), ...to, ...shape.slice(at + from.length)];
}

/** From the first axis that differs on: an axis of 1 goes, one comes, or the fewest axes of one volume are regrouped. */
function stepsOf(source: readonly number[], target: readonly number[]): ShapeStep[] {
  const steps: ShapeStep[] = [];
  for (let shape = [...source];;) {
    const at = [...shape.keys(), shape.length].find((axis) => shape[axis] !== target[axis]);
    if (at === undefined || at >= Math.max(shape.length, target.length)) return steps;
    const step = nextStep(shape, target, at);
    steps.push(step);
    shape = after(shape, step);
  }
}

function nextStep(shape: readonly number[], target: readonly number[], at: number): ShapeStep {
  if (at >= target.length || shape[at] === 1) return { at, from: [1], to: [] };
  if (at >= shape.length || target[at] === 1) return { at, from: [], to: [1] };
  for (let end = at + 1; end <= shape.length; end++) {
    const from = shape.slice(at, end);
    for (let other = at + 1; other <= target.length; other++) {
      const to = target.slice(at, other);
      if (sizeOf(from) === sizeOf(to)) return { at, from, to };
    }
  }
  throw new TypeError(`[${shape}] has no step towards [${target}]`);
}

/** The steps without the pairs that undo each other. */
function withoutUndone(steps: readonly ShapeStep[]): ShapeStep[] {
  for (let first = 0; first < steps.length; first++) {
    let moved = steps[first];
    const passed: ShapeStep[] = [];
    for (const [offset, step] of steps.slice(first + 1).entries()) {
      const undone = step.at === moved.at && step.from.join() === moved.to.join() &&
        step.to.join() === moved.from.join();
      if (undone) return withoutUndone([...steps.slice(0, first), ...passed, ...steps.slice(first + 2 + offset)]);
      const pair = exchanged(moved, step);
      if (pair === null) break;
      passed.push(pair[0]);
      moved = pair[1];
    }
  }
  return [...steps];
}

/** Two steps in the other order, or null where the second takes what the first made. */
function exchanged(first: ShapeStep, second: ShapeStep): [ShapeStep, ShapeStep] | null {
  const { at, from, to } = first;
  if (second.at >= at + to.length) return [{ ...second, at: second.at + from.length - to.length }, first];
  if (second.at + second.from.length > at) return null;
  return [second, { ...first, at: at + second.to.length - second.from.length }];
}
