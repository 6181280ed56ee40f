/** A proof of every operation's circuit, from a witness of the engine's: a minute. */
import assert from "node:assert/strict";
import { sizeOf } from "../../../../core/base/shape.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { ALL_CASES } from "../../ezkl/assign/cases.ts";
import { CircuitWriter, keysOf } from "../../ezkl/layout/circuits.ts";

const GRIDS = [
  { numInnerCols: 1, logrows: 7, decompBase: 32, decompLegs: 4, ignoreRangeCheckInputsOutputs: true },
  { numInnerCols: 2, logrows: 8, decompBase: 32, decompLegs: 4, inputVisibility: "Public" as const },
];
/** Operations of numbers that are 0 or 1, or that are places or classes: those there are. */
const BITS = ["Not", "And", "Or", "Xor", "Iff", "a Boolean input", "OneHot"];

const engine = await Engine.create();

for (const [name, write] of ALL_CASES) {
  Deno.test(`a proof of ${name} holds`, async () => {
    for (const args of GRIDS) {
      // A table has to hold what it is asked for.
      const circuit = new CircuitWriter({ ...args, lookupRange: [-30n, 25n] }), model = circuit.model(write(circuit));
      const { settings, compiled, srs } = await keysOf(model, circuit.args);
      const data = model.inputs.map((key, input) => {
        const { outDims, opkind } = model.nodes.get(key)!;
        const type = opkind.kind === "Input" ? opkind.datumType : "", isBool = type === "Bool";
        const isBit = isBool || type === "TDim" || BITS.includes(name);
        return Array.from({ length: sizeOf(outDims) }, (_, at) => {
          const value = isBit ? (at + input) % 2 : (5 * at + 3 * input + 1) % 7 + 1;
          return isBool ? value === 1 : value;
        });
      });
      const witness = await engine.genWitness(compiled, JSON.stringify({ input_data: data }));
      await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
      const proof = await prover.prove(witness);
      assert.equal(await verify(proof, await prover.verifyingKey(), settings, srs), true, `w = ${args.numInnerCols}`);
    }
  });
}

Deno.test("the engine ends", () => engine[Symbol.asyncDispose]());
