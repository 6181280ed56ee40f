/** Operators of every kind, from the cases of their own files to a verified proof. */
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { OPERATOR } from "../../../../hub/ezkl/operators/list.ts";
import { caseFile } from "./case_file.ts";
import { proveCase } from "./proven.ts";

const SOME = ["ArgMax", "Gather", "Pow", "Softmax", "Trilu", "Where"];

Deno.test("operators of every kind are proven", async (t) => {
  await using engine = await Engine.create();
  for (const name of SOME) {
    const operator = OPERATOR.get(name)!;
    // The last case is mostly the one that EZKL does otherwise.
    const file = caseFile(operator, operator.cases.at(-1)!);
    await t.step(file.name, () => proveCase(engine, file));
  }
});
