/**
 * A kernel's text taken apart, as far as putting several into one asks.
 * @module
 */
import type { Binding } from "../graph/epilogue.ts";
import type { KernelText } from "../graph/op.ts";
import { STEP_WGSL } from "./step.ts";

/** A kernel with what it binds. */
export interface TextPart {
  readonly text: KernelText;
  readonly bindings: readonly Binding[];
}

const MAIN = /@compute\s+@workgroup_size\((\d+)\)\s*fn main\(((?:[^()]|\([^()]*\))*)\)/;
const PARAMETER = /@builtin\((\w+)\)\s*(\w+)\s*:\s*(\w+)/g;
const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(?:read|read_write)>\s+(\w+)\s*:\s*array<(\w+)>;/g;
const SHARED = /var<workgroup>\s+(\w+)\s*:\s*array<(\w+),\s*(\d+)>;/g;
/** What would have to be understood: such kernels stay alone. */
const FOREIGN = /\b(?:struct|alias|override|enable|requires|diagnostic|arrayLength|atomic\w*|ptr)\b|[(,=]\s*&/;
/** What the joined kernel tells its parts. */
const TOLD: Readonly<Record<string, string>> = { workgroup_id: "group", local_invocation_index: "lane" };
/** Bytes of an element in workgroup memory, of the types that can be joined. */
export const SIZES: Readonly<Record<string, number>> = { f32: 4, u32: 4, i32: 4, vec2f: 8, vec3f: 16, vec4f: 16 };

/** A kernel's text, taken apart. */
export interface Parsed {
  /** Invocations of a workgroup. */
  readonly lanes: number;
  /** Whether its invocations wait for one another. */
  readonly waits: boolean;
  /** Whether it reads the step's uniform. */
  readonly stepwise: boolean;
  /** All but what is declared below. */
  readonly body: string;
  /** What its `main` is called with. */
  readonly told: readonly string[];
  /** Name and element type of each binding, in order. */
  readonly bound: readonly { readonly name: string; readonly type: string }[];
  /** Arrays in workgroup memory. */
  readonly shared: readonly { readonly name: string; readonly type: string; readonly size: number }[];
}

/** Takes a kernel's text apart; null where it has something that cannot be joined. */
export function parseKernel({ text: { wgsl }, bindings }: TextPart): Parsed | null {
  const plain = wgsl.replace(STEP_WGSL, "");
  const stepwise = plain !== wgsl;
  const source = plain.replace(/\/\/.*$/gm, "");
  const main = MAIN.exec(source);
  if (main === null || FOREIGN.test(source)) return null;
  const parameters = [...main[2].matchAll(PARAMETER)];
  const bound = [...source.matchAll(BINDING)].sort((a, b) => Number(a[1]) - Number(b[1]));
  const shared = [...source.matchAll(SHARED)].map(([, name, type, size]) => ({ name, type, size: Number(size) }));
  const sound = parameters.every(([, builtin]) => TOLD[builtin] !== undefined) &&
    bound.length === bindings.length && bound.every(([, index], k) => Number(index) === k) &&
    shared.every(({ type }) => SIZES[type] !== undefined);
  const body = source.replace(
    MAIN,
    () => `fn main(${parameters.map(([, , name, type]) => `${name}: ${type}`).join(", ")})`,
  )
    .replace(BINDING, "").replace(SHARED, "");
  if (!sound || /var\s*<\s*(?:workgroup|storage|uniform)/.test(body)) return null;
  return {
    lanes: Number(main[1]),
    waits: /\b(?:workgroup|storage)Barrier\b/.test(body),
    stepwise,
    body,
    told: parameters.map(([, builtin]) => TOLD[builtin]),
    bound: bound.map(([, , name, type]) => ({ name, type })),
    shared,
  };
}
