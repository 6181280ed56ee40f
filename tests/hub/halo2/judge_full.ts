/** Every word in every way, over circuits of five kinds: thousands of changes, minutes. */
import { Engine } from "../../../hub/ezkl/engine/engine.ts";
import { circuit } from "./circuits.ts";
import { checkJudgement, judge } from "./judge.ts";

for (const name of ["gemm_sigmoid", "public", "maxpool", "nocompress", "hashed"]) {
  Deno.test(`${name}: of all changes none is accepted that EZKL's engine refuses`, async () => {
    await using engine = await Engine.create();
    const seen = await judge(engine, circuit(name));
    console.log(`${name}: ${seen.tried} changes, the same answers but for`, seen.stricter);
    checkJudgement(seen, 700);
  });
}
