import { Engine } from "../../../hub/ezkl/engine/engine.ts";
import { circuit } from "./circuits.ts";
import { checkJudgement, judge } from "./judge.ts";

Deno.test("of hundreds of changes none is accepted that EZKL's engine refuses", async () => {
  await using engine = await Engine.create();
  checkJudgement(await judge(engine, circuit("gemm"), ["with a flipped bit"]), 250);
});
