/**
 * The numbers that say how fine a frugal circuit computes. They travel in
 * `settings.json` under the key `zkgrad`, which EZKL's own programs pass over.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";

/** Scales of a frugal circuit; every one is log2 of a multiplier. */
export interface Scheme {
  /** Scale of the graph's inputs; 0 where they are whole numbers. */
  inputScale: number;
  /** Scale at which layers give their results and sigmoids and tanhs get them; one table then serves all layers. */
  tableScale: number;
  /** Bits that a value loses before it enters a layer whose weights would have none otherwise. */
  dropBits: number;
  /** Scale of the weights behind the last table. */
  outputScale: number;
  /** Whether the circuit holds each input to 0 or 1. */
  binaryInputs: boolean;
  /**
   * Where scales follow the numbers (`tensor_scales.ts` makes them): by a node's place in the network the scale at
   * which its result is to stand, or null where that follows from what it reads. Inputs, layers and products by
   * constants have one; left out, layers give `tableScale` and inputs `inputScale`. With it values lose bits only where
   * weights would be too coarse, and the larger of two numbers is found by a table, as is what is above 0.
   */
  scales?: readonly (number | null)[];
  /** By place the least scale of the weights of a layer or a product by constants. */
  weightScales?: readonly (number | null)[];
}

/** The scale that a list of a scheme gives to a place; null for none. */
export function scaleAt(scales: Scheme["scales"], place: number): number | null {
  return scales?.[place] ?? null;
}

const numbers = ["inputScale", "tableScale", "dropBits", "outputScale"] as const;

/**
 * Reads a scheme from the `zkgrad` value of a settings file.
 * @throws {FormatError} naming what is missing or out of range
 */
export function schemeFrom(value: unknown): Scheme {
  const given = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  for (const name of numbers) {
    const found = given[name];
    if (!Number.isInteger(found) || (found as number) < 0 || (found as number) > 30) {
      throw new FormatError(
        `settings: zkgrad.${name} is ${JSON.stringify(found) ?? "missing"}; it must be a whole number from 0 to 30`,
      );
    }
  }
  if (typeof given.binaryInputs !== "boolean") {
    throw new FormatError(
      `settings: zkgrad.binaryInputs is ${JSON.stringify(given.binaryInputs) ?? "missing"}; it must be true or false`,
    );
  }
  const { inputScale, tableScale, dropBits, outputScale, binaryInputs } = given as unknown as Scheme;
  return {
    inputScale,
    tableScale,
    dropBits,
    outputScale,
    binaryInputs,
    ...listFrom("scales", given.scales),
    ...listFrom("weightScales", given.weightScales),
  };
}

function listFrom(name: "scales" | "weightScales", value: unknown): Partial<Scheme> {
  if (value === undefined) return {};
  const isScale = (scale: unknown) =>
    scale === null || Number.isInteger(scale) && (scale as number) >= 0 && (scale as number) <= 30;
  if (Array.isArray(value) && value.every(isScale)) return { [name]: [...value] };
  throw new FormatError(`settings: zkgrad.${name} must be a list of whole numbers from 0 to 30, or null`);
}
