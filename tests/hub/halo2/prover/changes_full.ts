/** Every change to a proof of ours, judged by EZKL's engine beside our verifier: minutes. */
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { proofFromJson } from "../../../../hub/ezkl/format/proof.ts";
import { checkJudgement, judge } from "../judge.ts";
import { proven } from "./subjects.ts";

Deno.test("of hundreds of changes to a proof of ours none is accepted that EZKL's engine refuses", async () => {
  const { srs, settings, settingsText, vk, proof } = await proven("gemm");
  const words = proofFromJson(new TextDecoder().decode(proof)).proof;
  await using engine = await Engine.create();
  const circuit = { name: "gemm", settings, settingsText, vk, proof, words, srs, digest: 0n };
  checkJudgement(await judge(engine, circuit, ["with a flipped bit"]), 250);
});
