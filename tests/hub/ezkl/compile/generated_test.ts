import assert from "node:assert/strict";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { inFolder } from "../../../folder.ts";
import { nativeAll, nativeRunArgs, nativeTest } from "../native.ts";
import { generated } from "./generated.ts";
import { onnx } from "./models.ts";

const SEEDS = Array.from({ length: 120 }, (_, at) => at + 1);

/**
 * Seeds whose circuits are others than EZKL's: an axis of 1 that goes or comes beside a product or a Relu, which its
 * reader lets them take up, and a stride that it moves in front of the layers before. Results are the same.
 */
const OTHER = [28, 31, 35, 36, 38, 39, 55, 73, 76, 79, 85, 88, 95, 102, 115];

nativeTest(
  "generated networks give EZKL's file byte for byte, but for those that are known",
  () =>
    inFolder(async (folder) => {
      const at = (seed: number, name: string) => `${folder}/${seed}.${name}`;
      const args = nativeRunArgs({ inputScale: 4, paramScale: 5, scaleRebaseMultiplier: 10 });
      const requests = [];
      for (const seed of SEEDS) {
        const model = at(seed, "onnx"), settings = at(seed, "json");
        await Deno.writeFile(model, onnx(generated(seed)));
        requests.push({ command: "gen_settings", model, output: settings, run_args: args });
        requests.push({
          command: "compile_circuit",
          model,
          compiled_circuit: at(seed, "out"),
          settings_path: settings,
        });
      }
      const reports = await nativeAll(requests);
      const other: number[] = [];
      let same = 0;
      for (const [place, seed] of SEEDS.entries()) {
        // Its reader gives up on some shapes that ONNX has.
        if (!reports[2 * place].ok || !reports[2 * place + 1].ok) continue;
        const file = onnx(generated(seed)), settings = settingsFromJson(await Deno.readTextFile(at(seed, "json")));
        const own = compileCircuit(file, settings), theirs = await Deno.readFile(at(seed, "out"));
        if (own.length !== theirs.length || own.some((byte, index) => byte !== theirs[index])) other.push(seed);
        else {
          same++;
          assert.equal(genSettings(file, settings.runArgs).numRows, settings.numRows, `rows of seed ${seed}`);
        }
      }
      assert.deepEqual(other, OTHER);
      assert.ok(same >= 100, `${same} of ${SEEDS.length} are the same`);
    }),
);
