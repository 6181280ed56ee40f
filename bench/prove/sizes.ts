/**
 * How large the files are that a prover left.
 * @module
 */
import { readFile } from "../../core/base/files.ts";
import { proofFromJson, settingsFromJson } from "../../hub/mod.ts";
import type { Sizes } from "./report.ts";

/** The sizes of the files in `folder`, which has a `settings.json` and whatever else was reached. */
export async function sizesOf(folder: string): Promise<Sizes> {
  const text = async (name: string) => new TextDecoder().decode(await readFile(`${folder}/${name}`));
  const bytes = (name: string) => Deno.stat(`${folder}/${name}`).then(({ size }) => size, () => undefined);
  const { totalAssignments, runArgs } = settingsFromJson(await text("settings.json"));
  const pkBytes = await bytes("key.pk"), vkBytes = await bytes("key.vk");
  return {
    cells: totalAssignments,
    logrows: runArgs.logrows,
    ...(pkBytes === undefined ? {} : { pkBytes }),
    ...(vkBytes === undefined ? {} : { vkBytes }),
    ...(await bytes("test.pf") === undefined ? {} : { proofBytes: proofFromJson(await text("test.pf")).proof.length }),
  };
}
