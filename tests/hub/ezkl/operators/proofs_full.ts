/** Every case of every operator all the way to a verified proof: minutes. */
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { OPERATORS } from "../../../../hub/ezkl/operators/list.ts";
import { caseFile } from "./case_file.ts";
import { proveCase } from "./proven.ts";

Deno.test("every operator is proven", async (t) => {
  await using engine = await Engine.create();
  for (const operator of OPERATORS) {
    for (const given of operator.cases) {
      const file = caseFile(operator, given);
      await t.step(file.name, () => proveCase(engine, file));
    }
  }
});
