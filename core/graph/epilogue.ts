/**
 * The end of a kernel: the stages that ride on it, as WGSL.
 *
 * A kernel that carries stages computes its own result and hands each element to
 * `finish`; what happens then (activation, pooling, their backward, the stores)
 * is written here, once for all kernels.
 * @module
 */
import { type KernelEnd, operandShape, type Stage } from "./op.ts";
import type { Value } from "./graph.ts";
import { placeOf, spreadStrides } from "./places.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { eachComponent, type WgslFunction, WgslFunctions } from "./wgsl.ts";

/** A buffer that a kernel binds. */
export interface Binding {
  /** The value whose storage it is. */
  readonly value: Value;
  /** How the kernel uses it. */
  readonly access: "read" | "read_write";
}

/** One step of an epilogue: a value, and the stage that made it. */
export interface EpilogueStep {
  /** The value after this step. */
  readonly value: Value;
  /** Whether somebody else reads it, so that it must be written to memory. */
  readonly stored: boolean;
  /** What makes it from the one before; null for the kernel's own result. */
  readonly stage: Stage | null;
}

/**
 * Finishes a kernel's result of shape `[N, C, H, W]`, or `[N, F]` seen as
 * `[N, F, 1, 1]`. A kernel calls `elements()` or `windows()`, once, and puts the
 * text into its source.
 */
export class Epilogue implements KernelEnd {
  readonly #steps: readonly EpilogueStep[];
  readonly #firstBinding: number;
  readonly #view: Shape;
  #bindings: readonly Binding[] = [];

  /**
   * The text of these steps.
   *
   * @param steps The kernel's own result, then each stage.
   * @param firstBinding The number of the kernel's inputs.
   * @param view The result's shape as the pooling or spreading stage sees it.
   */
  constructor(steps: readonly EpilogueStep[], firstBinding: number, view: Shape = steps[0].value.shape) {
    this.#steps = steps;
    this.#firstBinding = firstBinding;
    this.#view = view;
  }

  /** Whether a pooling stage needs whole windows: the kernel must use `windows()`. */
  get pooled(): boolean {
    return this.#steps.some((step) => step.stage?.kind === "pool");
  }

  /** Whether `windows()` can be used: H and W are even, and nothing spreads. */
  get windowed(): boolean {
    const [height, width] = this.#plane();
    return height % 2 === 0 && width % 2 === 0 && !this.#steps.some((step) => step.stage?.kind === "spread");
  }

  /** What the text that was asked for last binds after the kernel's inputs. */
  get bindings(): readonly Binding[] {
    return this.#bindings;
  }

  /** The stages, for listings: `+Sigmoid+AvgPool2d`. */
  get suffix(): string {
    return this.#steps.slice(1).map((step) => `+${step.stage?.fn.name ?? ""}`).join("");
  }

  /**
   * Defines `fn finish(n: u32, f: u32, v: f32)` for element `f` of sample `n`,
   * and `fn finish_at(plane: u32, row: u32, col: u32, v: f32)` with
   * `plane = n * C + c`.
   *
   * @param own A function of the kernel's own, which is defined too, under its own name.
   */
  elements(own?: WgslFunction): string {
    const [height, width] = this.#plane();
    const features = sizeOf(this.#view.slice(1));
    const writer = new Writer(this.#firstBinding, height, width);
    if (own !== undefined) writer.functions.name(own);
    for (const step of this.#steps) writer.step(step, "element");
    this.#bindings = writer.bindings;
    const at = writer.spreads
      ? `fn finish(n: u32, f: u32, v: f32) {
  finish_at(n * ${features / (height * width)}u + f / ${
        height * width
      }u, (f / ${width}u) % ${height}u, f % ${width}u, v);
}`
      : `fn finish(n: u32, f: u32, v: f32) { finish_index(n * ${features}u + f, v); }`;
    const start = writer.spreads
      ? `fn finish_at(plane: u32, row: u32, col: u32, v: f32) {
  let i = (plane * ${height}u + row) * ${width}u + col;`
      : `fn finish_at(plane: u32, row: u32, col: u32, v: f32) { finish_index((plane * ${height}u + row) * ${width}u + col, v); }
fn finish_index(i: u32, v: f32) {`;
    return `${writer.declarations}\n${start}\n  let e0 = v;\n${writer.body}}\n${at}\n`;
  }

  /**
   * Defines `fn finish_window(plane: u32, row: u32, col: u32, v: vec4f)` for the
   * 2x2 window whose top left lies at the even (row, col) of `plane = n * C + c`;
   * v = (top left, top right, bottom left, bottom right).
   */
  windows(): string {
    const [height, width] = this.#plane();
    const writer = new Writer(this.#firstBinding, height, width);
    for (const step of this.#steps) writer.step(step, "window");
    this.#bindings = writer.bindings;
    return `${writer.declarations}
fn finish_window(plane: u32, row: u32, col: u32, v: vec4f) {
  let i = (plane * ${height}u + row) * ${width}u + col;
  let e0 = v;
${writer.body}}
`;
  }

  #plane(): readonly [number, number] {
    const [, , height = 1, width = 1] = this.#view;
    return [height, width];
  }
}

type Grain = "element" | "window";

/** Writes the steps one after another; `e<k>` is the value after step k. */
class Writer {
  readonly bindings: Binding[] = [];
  readonly functions: WgslFunctions = new WgslFunctions();
  readonly #buffers: string[] = [];
  readonly #names = new Map<Value, string>();
  readonly #firstBinding: number;
  #height: number;
  #width: number;
  #grain: Grain | null = null;
  #index = "i";
  #count = 0;
  spreads = false;
  body = "";

  constructor(firstBinding: number, height: number, width: number) {
    this.#firstBinding = firstBinding;
    this.#height = height;
    this.#width = width;
  }

  get declarations(): string {
    return [...this.#buffers, this.functions.text].join("\n");
  }

  step(step: EpilogueStep, grain: Grain): void {
    this.#grain ??= grain;
    if (step.stage !== null) this.#apply(step.stage, step.value.shape);
    if (step.stored) this.#store(step.value);
  }

  #apply(stage: Stage, shape: Shape): void {
    const from = `e${this.#count}`;
    const to = `e${++this.#count}`;
    const fn = this.functions.name(stage.fn);
    if (stage.kind === "map" && this.#grain === "element") {
      const operands = stage.operands.map((value) => `, ${this.#load(value, shape, stage)}`).join("");
      this.body += `  let ${to} = ${fn}(${from}${operands});\n`;
    } else if (stage.kind === "map") {
      const loads = stage.operands.map((value, k) => `  let ${to}_${k} = ${this.#load(value, shape, stage)};\n`).join(
        "",
      );
      const names = [from, ...stage.operands.map((_, k) => `${to}_${k}`)];
      this.body += `${loads}  let ${to} = ${eachComponent(fn, names)};\n`;
    } else if (stage.kind === "pool") {
      this.body += `  let ${to} = ${fn}(${from});\n`;
      this.#height /= 2;
      this.#width /= 2;
      this.#move("element", `(plane * ${this.#height}u + row / 2u) * ${this.#width}u + col / 2u`);
    } else {
      this.spreads = true;
      this.#height *= 2;
      this.#width *= 2;
      this.#move("window", `(plane * ${this.#height}u + row * 2u) * ${this.#width}u + col * 2u`);
      const operands = stage.operands.map((value) => `, ${this.#load(value, value.shape, stage)}`).join("");
      this.body += `  let ${to} = ${fn}(${from}${operands});\n`;
    }
  }

  #move(grain: Grain, index: string): void {
    this.#grain = grain;
    this.#index = `i${this.#count}`;
    this.body += `  let ${this.#index} = ${index};\n`;
  }

  #load(value: Value, shape: Shape, stage: Stage): string {
    if (sizeOf(value.shape) !== sizeOf(shape)) return this.#loadSpread(value, shape, operandShape(stage, value, shape));
    const buffer = this.#bind(value, "read");
    if (this.#grain === "element") return `${buffer}[${this.#index}]`;
    const top = `${this.#index} / 2u`;
    return `vec4f(${buffer}[${top}], ${buffer}[${top} + ${this.#width / 2}u])`;
  }

  /** Loads an operand that is smaller than the result, of `shape`, to which it broadcasts. */
  #loadSpread(value: Value, shape: Shape, own: Shape): string {
    const buffer = this.#bind(value, "read", "f32");
    const strides = spreadStrides(own, shape);
    const at = (index: string): string => `${buffer}[${placeOf(index, shape, strides)}]`;
    const [row = 0, column = 0] = strides.slice(-2);
    if (this.#grain === "element") return at(this.#index);
    if (row === 0 && column === 0 && shape.length >= 3) return `vec4f(${at(this.#index)})`;
    const below = `(${this.#index} + ${this.#width}u)`;
    const places = [this.#index, `(${this.#index} + 1u)`, below, `(${this.#index} + ${this.#width + 1}u)`];
    return `vec4f(${places.map(at).join(", ")})`;
  }

  #store(value: Value): void {
    const buffer = this.#bind(value, "read_write");
    const from = `e${this.#count}`;
    if (this.#grain === "element") this.body += `  ${buffer}[${this.#index}] = ${from};\n`;
    else {
      const top = `${this.#index} / 2u`;
      this.body += `  ${buffer}[${top}] = ${from}.xy;\n  ${buffer}[${top} + ${this.#width / 2}u] = ${from}.zw;\n`;
    }
  }

  #bind(value: Value, access: Binding["access"], type = this.#grain === "element" ? "f32" : "vec2f"): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const name = access === "read" ? `operand${this.bindings.length}` : `result${this.bindings.length}`;
    this.#buffers.push(
      `@group(0) @binding(${
        this.#firstBinding + this.bindings.length
      }) var<storage, ${access}> ${name}: array<${type}>;`,
    );
    this.#names.set(value, name);
    this.bindings.push({ value, access });
    return name;
  }
}
