/**
 * The pieces that kernels of every kind are written with.
 * @module
 */

/** WebGPU's guaranteed limit of workgroups in one dimension. */
const MOST_GROUPS = 65535;

/** A dispatch of `count` workgroups in x, wrapped into y where one dimension is too short. */
export function grid(count: number): readonly [number, number] {
  const columns = Math.min(count, MOST_GROUPS);
  return [columns, Math.ceil(count / columns)];
}

/** The WGSL type of `width` floats. */
export function vectorType(width: number): string {
  return width === 1 ? "f32" : `vec${width}f`;
}

/** Declares `input0`, `input1`... as the first `count` bindings, floats that are read. */
export function declareInputs(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `@group(0) @binding(${i}) var<storage, read> input${i}: array<f32>;`,
  ).join("\n");
}

/** Declares those of the named results that are used, floats, one after another from `@binding(first)` on. */
export function declareResults(names: readonly string[], used: readonly boolean[], first: number): string {
  return names.filter((_, k) => used[k]).map((name, k) =>
    `@group(0) @binding(${first + k}) var<storage, read_write> ${name}: array<f32>;`
  ).join("\n");
}

/** A vec4f whose components are `fn` of those of its arguments, which are names of vec4f values. */
export function eachComponent(fn: string, names: readonly string[]): string {
  const component = (c: string) => `${fn}(${names.map((name) => `${name}.${c}`).join(", ")})`;
  return `vec4f(${[..."xyzw"].map(component).join(", ")})`;
}
