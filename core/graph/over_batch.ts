/**
 * Sums over the batch, written once for both back ends: gradients of what all samples share, and statistics.
 * @module
 */
import type { SumsForm } from "./cpu_form.ts";
import type { KernelCall, KernelText } from "./op.ts";
import { counted, reads } from "./per_sample.ts";
import { grid } from "./wgsl.ts";

/** A body that goes through elements of each sample; what is before and after depends on no sample. */
export interface ElementSums {
  /** Elements of a sample. */
  readonly size: number;
  /** WGSL of variables. */
  readonly before: string;
  /** WGSL of what element `k` of a sample adds to them. */
  readonly each: string;
  /** WGSL of what they add to the outputs, in which they are linear. */
  readonly after: string;
}

/** What {@linkcode overBatch} makes a kernel of. */
export interface OverBatch extends Omit<SumsForm, "kind" | "body"> {
  /** WGSL, or its parts where a sample has many elements for a result: on a GPU lanes share those too. */
  readonly body: string | ElementSums;
  /** The kernel's name. */
  readonly name: string;
  /** The step's uniform, where `real`, `scale`, `share` or the step's fields are used. */
  readonly step?: string;
  /** Samples. */
  readonly batch: number;
  /** Numbers of the inputs of which the body reads element `item` alone. */
  readonly ofItem?: readonly number[];
}

const LANES = 64;
/** The same where they share elements too. */
const MANY_LANES = 256;
/** With fewer elements samples are enough to share. */
const LEAST_ELEMENTS = 64;

/**
 * A kernel with one workgroup for each of `items` results, over which its lanes share the samples. The body, in WGSL as
 * for `perSample`, adds to a variable with the name of each output what a sample has for result `item`; sums are made
 * in a fixed order.
 */
export function overBatch(form: OverBatch, call: KernelCall<unknown>): KernelText {
  const { name, step = "", inputs, outputs, items, batch, functions = "", ofItem = [] } = form;
  const used = outputs.filter((_, k) => call.used[k]);
  const [columns, rows] = grid(items);
  const { body, loop, lanes } = loopOf(form, call.profile.kind);
  const each = (list: readonly string[], text: (output: string) => string): string => list.map(text).join("");
  return {
    name,
    wgsl: `${step}var<private> sample: u32;
${functions}${reads(inputs, call, batch)}${
      each(used, (output) =>
        `@group(0) @binding(${
          inputs.length + used.indexOf(output)
        }) var<storage, read_write> ${output}_data: array<f32>;
var<workgroup> ${output}_sums: array<f32, ${lanes}>;
`)
    }
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * ${columns}u + group.x;
  let item = min(index, ${items - 1}u);
${each(outputs, (output) => `  var ${output} = 0.0;\n`)}${loop}${
      each(used, (output) => `  ${output}_sums[lane] = ${output};\n`)
    }  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
${each(used, (output) => `      ${output}_sums[lane] += ${output}_sums[lane + half];\n`)}    }
  }
  if (lane == 0u && index < ${items}u) {
${each(used, (output) => `    ${output}_data[item] = ${output}_sums[0];\n`)}  }
}
`,
    workgroups: [columns, rows, 1],
    byRows: { rows: 1, inputs: ofItem },
    cpu: { kind: "sums", inputs, outputs, body, items, functions },
  };
}

/** The body for one sample, as the CPU has it, and the loop of a lane. */
function loopOf(
  { step = "", batch, body }: OverBatch,
  kind: "cpu" | "gpu",
): { readonly body: string; readonly loop: string; readonly lanes: number } {
  const text = typeof body === "string"
    ? body
    : `${body.before}\n  for (var k = 0u; k < ${body.size}u; k++) {\n${body.each}\n  }\n${body.after}`;
  if (typeof body === "string" || kind === "cpu" || body.size < LEAST_ELEMENTS) {
    const loop = `  for (var n = lane; n < ${batch}u; n += ${LANES}u) {
    sample = n;
${counted(step)}
${text}
  }
`;
    return { body: text, loop, lanes: LANES };
  }
  const loop = `${body.before}
  for (var e = lane; e < ${batch * body.size}u; e += ${MANY_LANES}u) {
    sample = e / ${body.size}u;
    let k = e % ${body.size}u;
${counted(step)}
${body.each}
  }
${body.after}
`;
  return { body: text, loop, lanes: MANY_LANES };
}
