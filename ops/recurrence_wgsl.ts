/**
 * The kernels of a cell over time in WGSL: a workgroup goes through a sample's steps, its lanes through the units; what
 * goes from step to step stays in workgroup memory.
 * @module
 */
import { ShapeError } from "../core/base/errors.ts";
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import { type Cell, isApart, type RecurrenceForm, type RecurrenceSizes } from "../core/graph/recurrence.ts";
import { grid } from "../core/graph/wgsl.ts";

const LANES = 64;

/** The kernel. */
export function recurrenceText(
  call: KernelCall<unknown>,
  { cell, sizes, isBackward, more }: RecurrenceForm,
): KernelText {
  const { hidden, steps, reverse } = sizes;
  const floats = ((isBackward ? cell.gates : cell.sums.length) + 2) * hidden;
  if (floats * 4 > call.profile.workgroupMemory) {
    throw new ShapeError(
      `${cell.name}: a hidden size of ${hidden} takes ${floats * 4} bytes of workgroup memory, and this adapter has ` +
        `${call.profile.workgroupMemory}; use device "cpu", or several layers of fewer units`,
    );
  }
  const [batch] = call.inputs[0];
  const [columns, rows] = grid(batch);
  const step = reverse ? [`${steps - 1}u - turn`, "t + 1u"] : ["turn", "t - 1u"];
  const back = reverse ? ["turn", "t + 1u"] : [`${steps - 1}u - turn`, "t - 1u"];
  const [at, before] = isBackward ? back : step;
  const inputs = isBackward
    ? ["dy", "kept", "y", "w_hh", ...cell.memory ? ["c"] : [], ...more ? ["dc"] : []]
    : ["x", "w_ih", "w_hh", ...more ? ["b_ih", "b_hh"] : []];
  const outputs = isBackward ? ["dx", ...isApart(cell) ? ["dh"] : []] : ["y", "kept", ...cell.memory ? ["c"] : []];
  const body = isBackward ? backwardText(cell, sizes, more) : forwardText(cell, sizes, more);
  return {
    name: `${cell.name}${isBackward ? "Backward" : ""}`,
    wgsl: `${
      inputs.map((name, k) => `@group(0) @binding(${k}) var<storage, read> ${name}_data: array<f32>;\n`).join("")
    }${stores(outputs, call.used, inputs.length)}var<private> sample: u32;
var<private> t: u32;
var<private> unit: u32;
${body.declarations}${cell.functions}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  sample = min(group.y * ${columns}u + group.x, ${batch - 1}u);
  for (var j = lane; j < ${hidden}u; j += ${LANES}u) {
    state[j] = 0.0;
    memory[j] = 0.0;
  }
  for (var turn = 0u; turn < ${steps}u; turn++) {
    t = ${at};
    let place = (sample * ${steps}u + t) * ${hidden}u;
    let place_before = (sample * ${steps}u + ${
      isBackward ? `select(t, ${before}, turn + 1u < ${steps}u)` : "t"
    }) * ${hidden}u;
    workgroupBarrier();
${body.step}  }
}
`,
    workgroups: [columns, rows, 1],
  };
}

/** Functions that store results, or do nothing with those that nobody reads. */
function stores(outputs: readonly string[], used: readonly boolean[], first: number): string {
  let binding = first;
  return outputs.map((name, k) => {
    const head = `fn store_${name}(k: u32, v: f32)`;
    if (!used[k]) return `${head} {}\n`;
    return `@group(0) @binding(${binding++}) var<storage, read_write> ${name}_out: array<f32>;
${head} { ${name}_out[k] = v; }
`;
  }).join("");
}

function forwardText(cell: Cell, { steps, features, hidden }: RecurrenceSizes, biases: boolean) {
  const { sums } = cell;
  const term = (name: string, gate: number, size: number, value: string): string =>
    `      for (var k = 0u; k < ${size}u; k++) { total += ${name}_data[(${
      gate * hidden
    }u + j) * ${size}u + k] * ${value}; }\n`;
  const bias = (name: string, gate: number): string => biases ? ` + ${name}_data[${gate * hidden}u + j]` : "";
  const each = sums.map(([x, h], s) =>
    `    for (var j = lane; j < ${hidden}u; j += ${LANES}u) {
      var total = 0.0${x === null ? "" : bias("b_ih", x)}${h === null ? "" : bias("b_hh", h)};
${x === null ? "" : term("w_ih", x, features, `x_data[(sample * ${steps}u + t) * ${features}u + k]`)}${
      h === null ? "" : term("w_hh", h, hidden, "state[k]")
    }      sums[${s * hidden}u + j] = total;
    }
`
  ).join("");
  return {
    declarations: `var<workgroup> sums: array<f32, ${sums.length * hidden}>;
var<workgroup> state: array<f32, ${hidden}>;
var<workgroup> memory: array<f32, ${hidden}>;
fn sum(s: u32) -> f32 { return sums[s * ${hidden}u + unit]; }
fn keep(s: u32, v: f32) { store_kept((sample * ${steps}u + t) * ${sums.length * hidden}u + s * ${hidden}u + unit, v); }
`,
    step: `${each}    workgroupBarrier();
    for (var j = lane; j < ${hidden}u; j += ${LANES}u) {
      unit = j;
      let h = state[j];
      let c = memory[j];
      var y = 0.0;
      var next = 0.0;
${cell.forward}
      state[j] = y;
      memory[j] = next;
      store_y(place + j, y);
${cell.memory ? "      store_c(place + j, next);\n" : ""}    }
`,
  };
}

function backwardText(cell: Cell, { steps, hidden }: RecurrenceSizes, memoryGradient: boolean) {
  const { sums, gates } = cell;
  const all = gates * hidden;
  const at = (gate: number): string => `(sample * ${steps}u + t) * ${all}u + ${gate * hidden}u + unit`;
  const cases = sums.map(([x, h], s) =>
    `  if (s == ${s}u) {${x === null ? "" : ` store_dx(${at(x)}, v);`}${
      h === null ? "" : ` slopes[${h * hidden}u + unit] = v;${isApart(cell) ? ` store_dh(${at(h)}, v);` : ""}`
    } }\n`
  ).join("");
  return {
    declarations: `var<workgroup> slopes: array<f32, ${all}>;
var<workgroup> state: array<f32, ${hidden}>;
var<workgroup> memory: array<f32, ${hidden}>;
fn kept(s: u32) -> f32 { return kept_data[(sample * ${steps}u + t) * ${
      sums.length * hidden
    }u + s * ${hidden}u + unit]; }
fn slope(s: u32, v: f32) {
${cases}}
`,
    step: `    let is_first = turn + 1u == ${steps}u;
    for (var j = lane; j < ${hidden}u; j += ${LANES}u) {
      unit = j;
      let dy = dy_data[place + j] + state[j];
      let y = y_data[place + j];
      let h = select(y_data[place_before + j], 0.0, is_first);
      var dh = 0.0;
      var dc = memory[j]${memoryGradient ? " + dc_data[place + j]" : ""};
${
      cell.memory
        ? "      let next = c_data[place + j];\n      let c = select(c_data[place_before + j], 0.0, is_first);\n"
        : ""
    }${cell.backward}
      state[j] = dh;
      memory[j] = dc;
    }
    workgroupBarrier();
    for (var j = lane; j < ${hidden}u; j += ${LANES}u) {
      var total = state[j];
      for (var r = 0u; r < ${all}u; r++) { total += w_hh_data[r * ${hidden}u + j] * slopes[r]; }
      state[j] = total;
    }
`,
  };
}
