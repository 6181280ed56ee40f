/**
 * What is computed sample by sample, as losses, norms and products of computed tensors are, written once for both back
 * ends.
 * @module
 */
import type { SampleInput, SamplesForm } from "./cpu_form.ts";
import type { KernelCall, KernelText } from "./op.ts";
import { sizeOf } from "../base/shape.ts";
import { ALONE, type Lanes } from "./lanes.ts";
import { grid } from "./wgsl.ts";

/** What {@linkcode perSample} makes a kernel of. */
export interface PerSample extends Omit<SamplesForm, "kind"> {
  /** The kernel's name. */
  readonly name: string;
  /** The step's uniform, where rows, `real`, `scale`, `share` or the step's fields are used. */
  readonly step?: string;
  /** True where the operation `carries` stages: the one output is finished by them. */
  readonly carries?: boolean;
  /** The lanes that work on an item, by which the body was written; default one. */
  readonly lanes?: Lanes;
}

/**
 * A kernel with one lane, or one workgroup of `lanes`, for each of the `items` of each sample. The body, in WGSL, knows
 * its number as `item`, reads element `k` of an input `x` as `x(k)` (within the sample; of the whole tensor, where the
 * input is `whole`) and sets one of an output `dx` by `set_dx(k, v)`, all by `u32` places; `real` says whether the sample counts, and `scale` is 1
 * divided by how many count, or 0 for one that does not; `share`, for losses, is what a sample's gradient is multiplied by,
 * 1 divided by what the gradient is the mean over, or 0. Its loops and branches must not depend on the sample's numbers:
 * those are for `select`, and for `if` around assignments to variables.
 */
export function perSample(form: PerSample, call: KernelCall<unknown>): KernelText {
  const { name, step = "", inputs, outputs, body, items = 1, whole = false, carries = false, functions = "" } = form;
  const { count: together, functions: joining } = form.lanes ?? ALONE;
  const batch = whole ? 1 : call.outputs[0][0];
  const total = batch * items;
  const { rowsOfGroup } = call;
  const isByRows = together === 1 && items === 1 && !whole;
  const own = rowsOfGroup === undefined ? items === 1 ? 32 : 64 : call.profile.lanes!;
  const lanes = together > 1 ? together : own;
  const [columns, rows] = rowsOfGroup === undefined
    ? grid(together > 1 ? total : Math.ceil(total / lanes))
    : [1, Math.ceil(batch / rowsOfGroup)];
  const group = `group.y * ${columns}u + group.x`;
  const index = together > 1 ? group : `(${group}) * ${lanes}u + lane`;
  const results = outputs.map((output) => ({ ...output, row: (output.row ?? false) && (call.rows ?? true) }));
  const used = results.filter((_, k) => call.used[k]);
  const width = (k: number): number => sizeOf(call.outputs[k]) / batch;
  const writes = results.map((output, k) => {
    const parameters = `fn set_${output.name}(k: u32, v: f32)`;
    if (carries) return `${call.epilogue.elements()}${parameters} { if (is_there) { finish(sample, k, v); } }\n`;
    const declared = used.indexOf(output);
    const kept = output.kept ? `fn kept_${output.name}(k: u32) -> f32 ` : "";
    if (declared === -1) return `${parameters} {}\n${kept && `${kept} { return 0.0; }\n`}`;
    const place = output.row ? "step.row + sample" : `sample * ${width(k)}u + k`;
    return `@group(0) @binding(${inputs.length + declared}) var<storage, read_write> ${output.name}_data: array<f32>;
${parameters} { if (${
      output.row ? "is_there && sample < step.count" : "is_there"
    }) { ${output.name}_data[${place}] = v; } }
${kept && `${kept} { return ${output.name}_data[${place}]; }\n`}`;
  });
  return {
    name,
    wgsl: `${step}var<private> sample: u32;
var<private> is_there: bool;
${joining}${functions}${reads(inputs, call, batch)}${writes.join("")}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = ${rowsOfGroup === undefined ? index : `group.y * ${rowsOfGroup}u + lane`};
  is_there = ${rowsOfGroup === undefined ? "" : `lane < ${rowsOfGroup}u && `}index < ${total}u;
  let place = min(index, ${total - 1}u);
  sample = place / ${items}u;
  let item = place % ${items}u;
${counted(step)}
${body}
}
`,
    workgroups: [columns, rows, 1],
    ...isByRows && { byRows: { rows: null, inputs: inputs.flatMap(({ whole = false }, k) => whole ? [] : [k]) } },
    ...together === 1 && { cpu: { kind: "samples" as const, inputs, outputs: results, body, items, whole, functions } },
  };
}

/** Functions that read the inputs, by the names that the body has for them. */
export function reads(inputs: readonly SampleInput[], call: KernelCall<unknown>, batch: number): string {
  return inputs.map(({ name, type, whole = false }, k) => {
    const place = whole ? "k" : `sample * ${sizeOf(call.inputs[k]) / batch}u + k`;
    return `@group(0) @binding(${k}) var<storage, read> ${name}_data: array<${type}>;
fn ${name}(k: u32) -> ${type} { return ${name}_data[${place}]; }
`;
  }).join("");
}

/** What the body knows of the sample. */
export function counted(step: string): string {
  return step === "" ? `  let real = true;\n  let scale = 1.0;\n  let share = 1.0;` : `  let real = sample < step.count;
  let scale = select(0.0, step.scale, real);
  let share = select(0.0, step.share, real);`;
}
