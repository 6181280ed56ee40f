/**
 * The start of a kernel: stages that an input goes through on its way in, so that
 * their result need not be stored for a single reader.
 * @module
 */
import type { Binding } from "./epilogue.ts";
import type { Value } from "./graph.ts";
import { type KernelStart, operandsOf, type Stage } from "./op.ts";
import { eachComponent, WgslFunctions } from "./wgsl.ts";

/** A spreading stage without operands, and the element by element stages after it. */
export class Prologue implements KernelStart {
  /** Which of the kernel's inputs it makes. */
  readonly input: number;
  /** The value that the kernel binds in that input's place, at half its height and width. */
  readonly source: Value;
  readonly #stages: readonly Stage[];
  readonly #width: number;

  /** The stages that make input `input`, `width` wide, from `source`. */
  constructor(input: number, source: Value, stages: readonly Stage[], width: number) {
    this.input = input;
    this.source = source;
    this.#stages = stages;
    this.#width = width;
  }

  /** What the text binds after the kernel's inputs and outputs, in order. */
  get bindings(): readonly Binding[] {
    return [...new Set(this.#stages.flatMap(operandsOf))].map((value) => ({ value, access: "read" }));
  }

  /** The stages, for listings: `avg_pool2d_backward+sigmoid_backward+`. */
  get prefix(): string {
    return this.#stages.map(({ fn }) => `${fn.name}+`).join("");
  }

  /**
   * Defines `fn absorbed(q: u32) -> vec4f`: elements `4 q` to `4 q + 3` of the input.
   *
   * @param source The kernel's name for the source, bound as `array<vec2f>`.
   * @param firstBinding The number of the kernel's inputs and outputs.
   */
  text(source: string, firstBinding: number): string {
    const quads = this.#width / 4;
    const buffers = this.bindings.map((_, k) =>
      `@group(0) @binding(${firstBinding + k}) var<storage, read> absorbed${k}: array<vec4f>;\n`
    );
    const buffered = new Map(this.bindings.map(({ value }, k) => [value, `absorbed${k}[q]`]));
    const functions = new WgslFunctions();
    const names = this.#stages.map(({ fn }) => functions.name(fn));
    const [spread, ...mapped] = names;
    const maps = this.#stages.slice(1);
    const steps = maps.map((stage, k) => {
      const operands = operandsOf(stage);
      const loads = operands.map((value, j) => `  let o${k}_${j} = ${buffered.get(value)};\n`);
      const values = [`e${k}`, ...operands.map((_, j) => `o${k}_${j}`)];
      return `${loads.join("")}  let e${k + 1} = ${eachComponent(mapped[k], values)};\n`;
    });
    return `${buffers.join("")}${functions.text}
fn absorbed(q: u32) -> vec4f {
  let row = q / ${quads}u;
  let pair = ${source}[row / 2u * ${quads}u + q % ${quads}u];
  let left = ${spread}(pair.x);
  let right = ${spread}(pair.y);
  let e0 = select(vec4f(left.xy, right.xy), vec4f(left.zw, right.zw), row % 2u == 1u);
${steps.join("")}  return e${maps.length};
}
`;
  }
}
