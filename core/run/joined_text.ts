/**
 * The text of several kernels as one: side by side, each in workgroups of its own, or one after another in every
 * workgroup. What they compute, and in which order they add, is as it was.
 * @module
 */
import type { Binding } from "../graph/epilogue.ts";
import { storageOf } from "../graph/fuse.ts";
import type { Value } from "../graph/graph.ts";
import type { KernelText } from "../graph/op.ts";
import { grid } from "../graph/wgsl.ts";
import { type Parsed, parseKernel, SIZES, type TextPart } from "./parsed_text.ts";
import { STEP_WGSL } from "./step.ts";

/** What kernels that became one ask of a device. */
export interface JoinLimits {
  /** Storage buffers that a kernel may bind. */
  readonly buffers: number;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
}

/** The longest text: a driver's compiler takes longer than in proportion. */
const MOST_TEXT = 30_000;

const DECLARED = /\b(?:(?:fn|const)\s+|var\s*<\s*private\s*>\s*)(\w+)/g;
const NAME = /(?<![\w.])[A-Za-z_]\w*/g;
/** The step's uniform under a name that hides nothing: `step` is a function of WGSL's too. */
const JOINED_STEP = STEP_WGSL.replace("<uniform> step:", "<uniform> joined_step:");

/**
 * Several kernels as one, or null where that cannot be.
 *
 * @param follow Whether each workgroup runs all parts one after another: they have one number of workgroups then, and what
 * one part writes the next may read. Else no part reads what another writes, and each has workgroups of its own.
 */
export function joinTexts(parts: readonly TextPart[], follow: boolean, limits: JoinLimits): TextPart | null {
  const parsed = parts.map(parseKernel);
  if (parsed.includes(null)) return null;
  const all = parsed as Parsed[];
  const lanes = Math.max(...all.map((part) => part.lanes));
  // Whoever waits for all of a workgroup has to be all of it.
  if (all.some((part) => part.lanes !== lanes && (follow || part.waits))) return null;
  const places = new Places(parts, all);
  const shared = sharedArrays(all);
  const bytes = shared.arrays.reduce((sum, { type, size }) => sum + SIZES[type] * size, 0);
  if (places.failed || places.bindings.length > limits.buffers || bytes > limits.workgroupBytes) return null;
  const bodies = all.map((part, k) => renamed(part, `p${k}_`, places.names[k], shared.names[k]));
  const calls = all.map(({ told }, k) => (group: string) =>
    `p${k}_main(${told.map((name) => name === "group" ? group : name).join(", ")});`
  );
  const [body, workgroups] = follow ? oneAfterAnother(calls, parts) : sideBySide(calls, parts, all, lanes);
  const wgsl = `${all.some(({ stepwise }) => stepwise) ? JOINED_STEP : ""}${places.text}${
    shared.arrays.map(({ type, size }, k) => `var<workgroup> joined_shared${k}: array<${type}, ${size}>;\n`).join("")
  }${bodies.join("\n")}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
${body}}
`;
  if (wgsl.length > MOST_TEXT) return null;
  const name = parts.map(({ text }) => text.name).join(follow ? " > " : " | ");
  return { text: { name, wgsl, workgroups }, bindings: places.bindings };
}

/** Which buffer each part's bindings are in the joined kernel, and how they are read there. */
class Places {
  readonly bindings: Binding[] = [];
  /** What each part's names become. */
  readonly names: Map<string, string>[] = [];
  /** Declarations. */
  text = "";
  /** True where a buffer that is written would have to be bound as two types. */
  failed = false;

  constructor(parts: readonly TextPart[], all: readonly Parsed[]) {
    const written = new Map<Value, string>();
    parts.forEach(({ bindings }, k) =>
      bindings.forEach(({ value, access }, i) => {
        if (access === "read_write") written.set(storageOf(value), all[k].bound[i].type);
      })
    );
    const known = new Map<string, string>();
    const ids = new Map<Value, number>();
    parts.forEach(({ bindings }, k) => {
      const names = new Map<string, string>();
      this.names.push(names);
      bindings.forEach(({ value }, i) => {
        const root = storageOf(value), { name, type } = all[k].bound[i];
        const made = written.get(root) ?? type;
        const id = ids.get(root) ?? ids.size;
        ids.set(root, id);
        const key = `${id} ${made}`;
        let buffer = known.get(key);
        if (buffer === undefined) {
          buffer = `joined_buffer${this.bindings.length}`;
          const access = written.has(root) ? "read_write" : "read";
          this.text +=
            `@group(0) @binding(${this.bindings.length}) var<storage, ${access}> ${buffer}: array<${made}>;\n`;
          this.bindings.push({ value, access });
          known.set(key, buffer);
        }
        names.set(name, made === type ? buffer : this.#wide(buffer, made, type));
      });
    });
  }

  /** Has a buffer of floats read as vectors; the name of a function, to be called in an index's place. */
  #wide(buffer: string, made: string, type: string): string {
    const width = { vec2f: 2, vec4f: 4 }[type];
    if (made !== "f32" || width === undefined) {
      this.failed = true;
      return buffer;
    }
    const name = `${buffer}_${type}`;
    if (!this.text.includes(`fn ${name}(`)) {
      const parts = Array.from({ length: width }, (_, j) => `${buffer}[${width}u * i + ${j}u]`);
      this.text += `fn ${name}(i: u32) -> ${type} { return ${type}(${parts.join(", ")}); }\n`;
    }
    return `${name}()`;
  }
}

/** Arrays in workgroup memory, which parts have in turn: each as large as any needs. */
function sharedArrays(all: readonly Parsed[]): {
  readonly arrays: readonly { readonly type: string; readonly size: number }[];
  readonly names: readonly ReadonlyMap<string, string>[];
} {
  const arrays: { type: string; size: number }[] = [];
  const names = all.map(({ shared }) => {
    const taken = new Set<number>();
    return new Map(shared.map(({ name, type, size }): [string, string] => {
      const found = arrays.findIndex((array, k) => array.type === type && !taken.has(k));
      const at = found === -1 ? arrays.push({ type, size }) - 1 : found;
      arrays[at].size = Math.max(arrays[at].size, size);
      taken.add(at);
      return [name, `joined_shared${at}`];
    }));
  });
  return { arrays, names };
}

/** A part's text under names of its own. */
function renamed(
  { body, stepwise }: Parsed,
  prefix: string,
  bound: ReadonlyMap<string, string>,
  shared: ReadonlyMap<string, string>,
): string {
  const own = new Map([...body.matchAll(DECLARED)].map(([, name]) => [name, prefix + name]));
  if (stepwise) own.set("step", "joined_step");
  let text = body;
  for (const [name, buffer] of bound) {
    if (buffer.endsWith("()")) text = called(text, name, buffer.slice(0, -2));
  }
  return text.replace(NAME, (name) => {
    const buffer = bound.get(name);
    return (buffer?.endsWith("()") ? undefined : buffer) ?? shared.get(name) ?? own.get(name) ?? name;
  });
}

/** `name[index]` as `fn(index)`. */
function called(text: string, name: string, fn: string): string {
  const start = new RegExp(`(?<![\\w.])${name}\\[`, "g");
  let result = "", from = 0;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    let depth = 1, at = start.lastIndex;
    while (depth > 0) depth += { "[": 1, "]": -1 }[text[at++]] ?? 0;
    // An index may have others inside.
    const index = called(text.slice(start.lastIndex, at - 1), name, fn);
    result += `${text.slice(from, found.index)}${fn}(${index})`;
    from = start.lastIndex = at;
  }
  return result + text.slice(from);
}

type Calls = readonly ((group: string) => string)[];

function oneAfterAnother(calls: Calls, [{ text }]: readonly TextPart[]): [string, KernelText["workgroups"]] {
  // What lanes wrote the others read; and arrays in workgroup memory are the next part's.
  const body = calls.map((call) => `  ${call("group")}\n`).join("  storageBarrier();\n  workgroupBarrier();\n");
  return [body, text.workgroups];
}

function sideBySide(
  calls: Calls,
  parts: readonly TextPart[],
  all: readonly Parsed[],
  lanes: number,
): [string, KernelText["workgroups"]] {
  let first = 0;
  const ways = parts.map(({ text: { workgroups: [x, y, z] } }, k) => {
    const own = first === 0 ? "block" : `(block - ${first}u)`;
    first += x * y * z;
    const call = calls[k](`vec3u(${own} % ${x}u, ${own} / ${x}u % ${y}u, ${own} / ${x * y}u)`);
    const guarded = all[k].lanes === lanes ? call : `if (lane < ${all[k].lanes}u) { ${call} }`;
    return `if (block < ${first}u) {\n    ${guarded}\n  }`;
  });
  const [columns, rows] = grid(first);
  return [`  let block = group.y * ${columns}u + group.x;\n  ${ways.join(" else ")}\n`, [columns, rows, 1]];
}
