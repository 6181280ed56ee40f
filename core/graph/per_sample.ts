/**
 * What is computed sample by sample, as losses are, written once for both back ends.
 * @module
 */
import type { SamplesForm } from "./cpu_form.ts";
import type { KernelCall, KernelText } from "./op.ts";
import { sizeOf } from "../base/shape.ts";

/** What {@linkcode perSample} makes a kernel of. */
export interface PerSample extends Omit<SamplesForm, "kind"> {
  /** The kernel's name. */
  readonly name: string;
  /** The step's uniform, where rows or `scale` are used. */
  readonly step?: string;
}

const LANES = 32;

/**
 * A kernel with one lane for each sample. The body, in WGSL, reads element `k` of an input `x` as `x(k)` and sets one of
 * an output `dx` by `set_dx(k, v)`, both by `u32` places; `real` says whether the sample counts, and `scale` is 1 divided
 * by how many count, or 0 for one that does not. Its loops and branches must not depend on the sample's numbers: those
 * are for `select`, and for `if` around assignments.
 */
export function perSample(
  { name, step = "", inputs, outputs, body }: PerSample,
  call: KernelCall<unknown>,
): KernelText {
  const [batch] = call.inputs[0];
  const size = (k: number): number => sizeOf(call.inputs[k].slice(1));
  const used = outputs.filter((_, k) => call.used[k]);
  const reads = inputs.map((input, k) =>
    `@group(0) @binding(${k}) var<storage, read> ${input.name}_data: array<${input.type}>;
fn ${input.name}(k: u32) -> ${input.type} { return ${input.name}_data[sample * ${size(k)}u + k]; }
`
  );
  const writes = outputs.map((output, k) => {
    const declared = used.indexOf(output);
    const parameters = `fn set_${output.name}(k: u32, v: f32)`;
    if (declared === -1) return `${parameters} {}\n`;
    const width = sizeOf(call.outputs[k].slice(1));
    const place = output.row ? "step.row + sample" : `sample * ${width}u + k`;
    return `@group(0) @binding(${inputs.length + declared}) var<storage, read_write> ${output.name}_data: array<f32>;
${parameters} { if (${
      output.row ? "lane_id < step.count" : `lane_id < ${batch}u`
    }) { ${output.name}_data[${place}] = v; } }
`;
  });
  const count = step === "" ? `  let real = true;\n  let scale = 1.0;` : `  let real = sample < step.count;
  let scale = select(0.0, step.scale, real);`;
  return {
    name,
    wgsl: `${step}var<private> sample: u32;
var<private> lane_id: u32;
${reads.join("")}${writes.join("")}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  lane_id = id.x;
  sample = min(id.x, ${batch - 1}u);
${count}
${body}
}
`,
    workgroups: [Math.ceil(batch / LANES), 1, 1],
    cpu: { kind: "samples", inputs, outputs, body },
  };
}
