/**
 * The elementwise operations as sequences of steps over all their elements at once. Every
 * letter is a step: `A`, `S`, `M` an addition, subtraction, multiplication; `=` cells laid
 * down or compared; `D` sign and digits; `Z` whether zero; and four that stand for others:
 * `Q` whether equal, `B` whether 0 or 1, `N` a choice by 0 or 1, `&` both of two.
 * @module
 */
import type { Grid } from "./grid.ts";

/** Steps written with others. */
const WRITTEN: Record<string, string> = { Q: "SZ", B: "=b", N: "BSMMA", "&": "BBM" };

/** The steps of the operations, as the engine lays them. */
export const RECIPES = {
  Add: "A",
  Sub: "S",
  Mult: "M",
  Neg: "S",
  Sign: "D",
  Abs: "DM",
  Relu: "DQM",
  LeakyReLU: "DQMMNMMA",
  Greater: "SDQ",
  Less: "SDQ",
  GreaterEqual: "ASDQ",
  LessEqual: "ASDQ",
  Equals: "Q",
  Max: "SDQNMMA",
  Min: "SDQNMMA",
  Not: "N",
  Iff: "N",
  And: "&",
  Or: "BBSMMA",
  Xor: "NN&&A",
  Boolean: "B",
  Div: "DMSDMSDQ=",
  Sqrt: "DMMMSDMAMSDMSMSDMASDQSDQ&=",
  Recip: "DZNQM=MSDMAMSDMSMSDMASDQSDQ&A=",
} as const;

/** The name of a recipe. */
export type RecipeName = keyof typeof RECIPES;

/** Lays the steps of `recipe` over `count` elements. */
export function follow(grid: Grid, recipe: string, count: number): void {
  for (const step of recipe) {
    if (step === "A") grid.cellwise("Add", count);
    else if (step === "S") grid.cellwise("Sub", count);
    else if (step === "M") grid.cellwise("Mult", count);
    else if (step === "=") grid.copy(count);
    else if (step === "D") grid.decompose(count);
    else if (step === "Z") grid.isZero(count);
    else if (step === "b") grid.range(0n, 1n, count);
    else {
      if (step === "N") grid.use(1n);
      follow(grid, WRITTEN[step], count);
    }
  }
}
