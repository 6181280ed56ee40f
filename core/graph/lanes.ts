/**
 * How a body of WGSL shares out what it goes through: one lane takes all of it, or those of a workgroup take turns and
 * add up what they have through workgroup memory, in an order that does not change from run to run.
 * @module
 */

/** The pieces that a body is written with, once for both ways. */
export interface Lanes {
  /** Lanes that work on one item. */
  readonly count: number;
  /** Declarations that the pieces need. */
  readonly functions: string;
  /** A loop of `k` over `from` to `size`, of which each lane takes its turns. */
  each(body: string, size: number, from?: number): string;
  /** Makes a variable the sum of what it is in all lanes; where all of them pass. */
  sum(name: string): string;
  /** Makes a variable the greatest of what it is in all lanes; where all of them pass. */
  greatest(name: string): string;
  /** Runs a statement in one lane. */
  once(statement: string): string;
}

/** A lane works by itself. */
export const ALONE: Lanes = {
  count: 1,
  functions: "",
  each: (body, size, from = 0) => `  for (var k = ${from}u; k < ${size}u; k++) { ${body} }\n`,
  sum: () => "",
  greatest: () => "",
  once: (statement) => `  ${statement}\n`,
};

/** WGSL that makes of the `lanes` values of a type in `between` one: `take` says how `a` takes `b` in. */
function joining(name: string, type: string, lanes: number, take: string): string {
  return `fn ${name}(v: ${type}, lane: u32) -> ${type} {
  between[lane] = v;
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { let a = between[lane]; let b = between[lane + half]; between[lane] = ${take}; }
  }
  workgroupBarrier();
  let joined = between[0];
  workgroupBarrier();
  return joined;
}
`;
}

/** Declares `sum_of_lanes(v, lane)`, the sum over a workgroup of `lanes` lanes, a power of two, of f32 or vec4f. */
export function sumOfLanes(lanes: number, type: "f32" | "vec4f"): string {
  return `var<workgroup> between: array<${type}, ${lanes}>;\n${joining("sum_of_lanes", type, lanes, "a + b")}`;
}

/** A workgroup of so many lanes, a power of two, works on an item; the lane's number is `lane`. */
function shared(lanes: number): Lanes {
  return {
    count: lanes,
    functions: sumOfLanes(lanes, "f32") + joining("greatest_of_lanes", "f32", lanes, "select(a, b, b > a)"),
    each: (body, size, from = 0) =>
      `  for (var k = lane${from === 0 ? "" : ` + ${from}u`}; k < ${size}u; k += ${lanes}u) { ${body} }\n`,
    sum: (name) => `  ${name} = sum_of_lanes(${name}, lane);\n`,
    greatest: (name) => `  ${name} = greatest_of_lanes(${name}, lane);\n`,
    once: (statement) => `  if (lane == 0u) { ${statement} }\n`,
  };
}

/** The way for items of `size` elements: on a GPU, lanes of a workgroup read neighbours together. */
export function lanesFor(kind: "cpu" | "gpu", size: number): Lanes {
  if (kind === "cpu" || size < 64) return ALONE;
  return shared(size < 512 ? 32 : 128);
}
