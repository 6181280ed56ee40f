/**
 * Which kernels go out as one dispatch: on a GPU a small one is over before the next can begin, and what a step of a
 * small network takes is the waiting between them.
 *
 * Two ways: kernels that make the same rows, one out of the other's, follow one another inside each workgroup; and
 * kernels that do not need one another lie side by side. Nothing else changes: the same text adds the same numbers in
 * the same order.
 * @module
 */
import type { Binding } from "../graph/epilogue.ts";
import { type Group, storageOf } from "../graph/fuse.ts";
import type { Value } from "../graph/graph.ts";
import { type KernelText, operandsOf } from "../graph/op.ts";
import { sameShape, sizeOf } from "../base/shape.ts";
import { type JoinLimits, joinTexts } from "./joined_text.ts";
import { parseKernel } from "./parsed_text.ts";

/** A group's kernel. */
export interface Kernel {
  readonly group: Group;
  readonly text: KernelText;
  readonly bindings: readonly Binding[];
  /** The same with workgroups of so many lanes and, where it is asked, rows. */
  shaped(lanes: number, rowsOfGroup?: number): Kernel;
}

/** Kernels in one dispatch; most often one. */
export interface Together extends Pick<Kernel, "text" | "bindings"> {
  readonly kernels: readonly Kernel[];
  /** Whether they follow one another; else they lie side by side. */
  readonly follow: boolean;
}

/** A kernel by itself. */
export function alone(kernel: Kernel): Together {
  return { ...kernel, kernels: [kernel], follow: false };
}

/** What is to be known of what is put together. */
export interface TogetherOptions extends JoinLimits {
  /** Values that lie in one buffer, which no dispatch may both read and write: the gradients. */
  readonly inOneBuffer: ReadonlySet<Value>;
}

/** How far behind a kernel others are looked for: what is made early takes memory for longer. */
const WINDOW = 16;
/** Bytes that kernels bind beside the largest of them, at most: beyond that, waiting is little beside the work. */
const MOST_BYTES = 8 << 20;
/** Lanes of kernels that lie side by side. */
const LANES = 64;

/** Puts kernels together; those that are left alone stay as they are. */
export function together(kernels: readonly Kernel[], options: TogetherOptions): Together[] {
  const rows = gathered(kernels.map(alone), (one, other) => inTurn(one, other, options));
  return gathered(rows, (one, other) => beside(one, other, options));
}

type Join = (one: Together, other: Together) => Together | null;

/** Has each take in what it can of those behind it, which must not need any that stays between. */
function gathered(list: readonly Together[], join: Join): Together[] {
  const done: Together[] = [];
  for (let rest = list; rest.length > 0;) {
    let [one] = rest;
    const left: Together[] = [];
    const between = new Set<Value>();
    rest.slice(1).forEach((other, k) => {
      const free = k < WINDOW && !reads(other).some((value) => between.has(value));
      const joined = free ? join(one, other) : null;
      if (joined !== null) one = joined;
      else {
        left.push(other);
        writes(other).forEach((value) => between.add(value));
      }
    });
    done.push(one);
    rest = left;
  }
  return done;
}

const bound = (access: Binding["access"]) => ({ bindings }: Pick<Kernel, "bindings">): Value[] =>
  bindings.flatMap((binding) => binding.access === access ? [storageOf(binding.value)] : []);
const [reads, writes] = [bound("read"), bound("read_write")];

function join(kernels: readonly Kernel[], follow: boolean, options: TogetherOptions): Together | null {
  const parts = kernels.map(({ text, bindings }) => ({ text, bindings }));
  const joined = joinTexts(parts, follow, options);
  if (joined === null) return null;
  const shares = (values: readonly Value[]): boolean => values.some((value) => options.inOneBuffer.has(value));
  return shares(reads(joined)) && shares(writes(joined)) ? null : { ...joined, kernels, follow };
}

/** One after another in each workgroup, if `other` reads only rows that its workgroup has made. */
function inTurn(one: Together, other: Together, options: TogetherOptions): Together | null {
  const kernels = [...one.kernels, ...other.kernels];
  if (kernels.some(({ text, group }) => text.byRows === undefined || group.prologue !== null)) return null;
  // Under another batch a workgroup's rows are other numbers.
  if (new Set(kernels.map(({ group }) => group.anchor.outputs[0].shape[0])).size > 1) return null;
  const made = new Set(writes(one));
  if (!reads(other).some((value) => made.has(value))) return null;
  if (other.kernels.some((kernel) => readsAnywhere(kernel).some((value) => made.has(value)))) return null;
  const given = new Set(kernels.flatMap(({ text }) => text.byRows!.rows ?? []));
  if (given.size !== 1) return null;
  const [rows] = given;
  const parsed = kernels.map(parseKernel);
  const lanes = Math.max(
    rows,
    ...parsed.map((part, k) => kernels[k].text.byRows!.rows === null ? 0 : part?.lanes ?? 0),
  );
  const shaped = kernels.map((kernel) => kernel.shaped(lanes, rows));
  const [{ text: { workgroups } }] = shaped;
  const alike = shaped.every(({ text }) =>
    text.byRows !== undefined && text.workgroups.every((count, k) => count === workgroups[k])
  );
  return alike ? join(shaped, true, options) : null;
}

/** The values of which a kernel reads more than the rows that it makes. */
function readsAnywhere({ group, text }: Kernel): Value[] {
  const { anchor, steps } = group;
  const inputs = anchor.inputs.filter((_, k) => !text.byRows!.inputs.includes(k));
  const operands = steps.flatMap(({ stage, value }) =>
    stage === null
      ? []
      : operandsOf(stage).filter(({ shape }) =>
        sizeOf(shape) !== sizeOf(value.shape) || !sameShape([shape[0]], [anchor.outputs[0].shape[0]])
      )
  );
  return [...inputs, ...operands].map(storageOf);
}

/** Side by side, if neither reads what the other makes and both are small. */
function beside(one: Together, other: Together, options: TogetherOptions): Together | null {
  const made = new Set(writes(one));
  if (reads(other).some((value) => made.has(value))) return null;
  const kernels = [...one.kernels, ...other.kernels];
  if (one.follow || other.follow) return null;
  const sizes = kernels.map(({ bindings }) => bindings.reduce((sum, { value }) => sum + sizeOf(value.shape) * 4, 0));
  const most = Math.max(...sizes);
  if (sizes.reduce((sum, size) => sum + size, 0) - most > MOST_BYTES) return null;
  // A large one must not make room in workgroup memory for a small one.
  const waits = (kernel: Kernel): boolean => /\bworkgroupBarrier\b/.test(kernel.text.wgsl);
  if (most > MOST_BYTES && kernels.some(waits)) return null;
  return join(kernels.map((kernel) => kernel.shaped(LANES)), false, options);
}
