import assert from "node:assert/strict";
import type { ScaledLookup } from "../../../../hub/ezkl/format/circuit.ts";
import { PrecisionError } from "../../../../hub/ezkl/numbers/exact.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { hybrid, lookup, sameOnEach, source, span } from "./compare.ts";
import { model, wideArgs } from "./engine.ts";

const all = () => true;
// Where the function has a value that a circuit can write in digits.
const domains: Record<Exclude<ScaledLookup, "PowersOfTwo">, (x: number) => boolean> = {
  Ln: (x) => x > 0,
  Sigmoid: all,
  Cos: all,
  ACos: all,
  Cosh: (x) => Math.abs(x) < 20,
  ACosh: all,
  Sin: all,
  ASin: all,
  Sinh: (x) => Math.abs(x) < 20,
  ASinh: all,
  Tan: all,
  ATan: all,
  Tanh: all,
  ATanh: (x) => Math.abs(x) !== 1,
  Erf: all,
  HardSwish: all,
};

for (const [name, inside] of Object.entries(domains) as [keyof typeof domains, (x: number) => boolean][]) {
  Deno.test(`${name} tables are the engine's`, () => {
    const numbers = source(1);
    for (const scale of [1, 16, 128, 8192]) {
      const inputs = [...span(-160, 160), ...numbers(100, -3 * scale, 3 * scale), ...numbers(50, -100_000, 100_000)];
      sameOnEach(lookup({ name, scale }), inputs.filter((x) => inside(x / scale)));
    }
  });
}

Deno.test("Exp and Pow tables are the engine's", () => {
  for (const scale of [1, 16, 128]) {
    const inputs = span(-200, 200).filter((x) => x < 18 * scale);
    sameOnEach(lookup({ name: "Exp", scale, base: Math.fround(Math.E) }), inputs);
    for (const a of [2, 0.5, -1]) sameOnEach(lookup({ name: "Pow", scale, a }), span(1, 300));
  }
});

Deno.test("PowersOfTwo tables are the engine's, whose input has no scale", () => {
  for (const scale of [0.5, 1, 4, 128]) sameOnEach(lookup({ name: "PowersOfTwo", scale }), span(-20, 30));
});

Deno.test("IsOdd and Div tables are the engine's, with halves of both signs", () => {
  const inputs = [...span(-150, 150), ...source(2)(100, -(2 ** 40), 2 ** 40)];
  sameOnEach(lookup({ name: "IsOdd" }), inputs);
  for (const denom of [2, 3, 0.5, 1.5, 0.1, -2]) sameOnEach(lookup({ name: "Div", denom }), inputs);
});

Deno.test("division is the engine's for whole and for fractional divisors, with halves of both signs", () => {
  const inputs = [...span(-150, 150), ...source(3)(100, -(2 ** 40), 2 ** 40)];
  for (const denom of [1, 2, 3, 4, 128, 2 ** 25, 3 * 2 ** 25, 0.5, 1.5, 2.5]) {
    sameOnEach(hybrid({ name: "Div", denom }), inputs);
  }
});

Deno.test("a table's value past 2^53 is refused", () => {
  const exp = model([{ input: [1] }], [{
    op: lookup({ name: "Exp", scale: 1, base: Math.fround(Math.E) }),
    inputs: [0],
    dims: [1],
  }]);
  assert.throws(() => new Simulator(exp, { runArgs: wideArgs }).run([Float64Array.of(40)], 1), PrecisionError);
});

Deno.test("a table that is infinite where it is read is told from one whose values are too large", () => {
  const cases = [{ name: "Pow", scale: 16, a: -0.5 }, { name: "Pow", scale: 16, a: -1 }, { name: "Ln", scale: 16 }];
  for (const op of cases as readonly Parameters<typeof lookup>[0][]) {
    const simulator = new Simulator(model([{ input: [1] }], [{ op: lookup(op), inputs: [0], dims: [1] }]), {
      runArgs: wideArgs,
    });
    const sentence = /^node 1 \((Pow|Ln)\) is infinite, since what it reads is 0 once rounded .*; take larger scales/;
    assert.throws(() => simulator.run([Float64Array.of(0)], 1), { name: "PrecisionError", message: sentence });
    simulator.run([Float64Array.of(1)], 1);
  }
});
