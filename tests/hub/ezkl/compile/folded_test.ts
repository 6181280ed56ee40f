import assert from "node:assert/strict";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { inFolder } from "../../../folder.ts";
import { nativeAll, nativeRunArgs, nativeTest } from "../native.ts";
import { FOLDED } from "./folded_models.ts";
import { onnx } from "./models.ts";

Deno.test("lowerOnnx() works constants and shapes out, and gives what is left the shapes that ONNX infers", () => {
  for (const [name, model] of Object.entries(FOLDED)) {
    const { nodes, outputs } = lowerOnnx(onnx(model));
    assert.deepEqual(outputs.map((place) => nodes[place].shape), Object.values(model.outputs), name);
  }
});

nativeTest("files whose constants are worked out give EZKL's file byte for byte", () =>
  inFolder(async (folder) => {
    const args = nativeRunArgs({ inputScale: 4, paramScale: 5, scaleRebaseMultiplier: 10 });
    const names = Object.keys(FOLDED), at = (place: number, name: string) => `${folder}/${place}.${name}`;
    const requests = [];
    for (const [place, name] of names.entries()) {
      const model = at(place, "onnx"), settings = at(place, "json");
      await Deno.writeFile(model, onnx(FOLDED[name]));
      requests.push({ command: "gen_settings", model, output: settings, run_args: args });
      requests.push({ command: "compile_circuit", model, compiled_circuit: at(place, "out"), settings_path: settings });
    }
    const reports = await nativeAll(requests);
    for (const [place, name] of names.entries()) {
      assert.ok(reports[2 * place].ok && reports[2 * place + 1].ok, `${name}: ${JSON.stringify(reports[2 * place])}`);
      const file = onnx(FOLDED[name]), settings = settingsFromJson(await Deno.readTextFile(at(place, "json")));
      const own = compileCircuit(file, settings), theirs = await Deno.readFile(at(place, "out"));
      assert.deepEqual(decodeCircuit(own), decodeCircuit(theirs), name);
      assert.deepEqual(own, theirs, name);
      assert.equal(genSettings(file, settings.runArgs).numRows, settings.numRows, name);
    }
  }));
