/** Three networks that a native program compiled: our settings and circuits from the same ONNX files. */
import assert from "node:assert/strict";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { buildCircuit } from "../../../../hub/ezkl/compile/native.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { sharedBytes, sharedTest } from "../format/fixtures.ts";

for (const model of ["rwkv", "xlstm", "mamba"]) {
  const folder = `native/v22.0.1-${model}_simple`;
  sharedTest(`genSettings() counts what native EZKL counted for ${model}`, `${folder}/model.onnx`, (onnx) => {
    const native = settingsFromJson(new TextDecoder().decode(sharedBytes(`${folder}/settings.json`)!));
    const ours = genSettings(onnx, native.runArgs);
    const sorted = (ranges: [bigint, bigint][]) => ranges.map(String).toSorted();
    assert.deepEqual(sorted(ours.requiredRangeChecks), sorted(native.requiredRangeChecks));
    // The order of a hash set, the time and the version are the program's own.
    const { requiredRangeChecks: _, timestamp: __, version: ___, ...counts } = native;
    for (const [name, value] of Object.entries(counts)) {
      assert.deepEqual(ours[name as keyof typeof counts], value, name);
    }
  });
}

sharedTest(
  "buildCircuit() gives the circuit that native EZKL compiled for rwkv",
  "native/v22.0.1-rwkv_simple/circuit.as-v21.compiled",
  (bytes) => {
    const { model, settings } = decodeCircuit(bytes);
    const onnx = sharedBytes("native/v22.0.1-rwkv_simple/model.onnx")!;
    assert.deepEqual(buildCircuit(lowerOnnx(onnx), settings.runArgs), model);
  },
);
