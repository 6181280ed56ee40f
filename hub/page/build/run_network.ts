/**
 * A network that `deno task mnist` trained, as the page's.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { MadeCircuit } from "./default_network.ts";

/** The circuit in the folder of a run, with the reference string that the run made its keys with. */
export async function circuitOfRun(folder: string): Promise<MadeCircuit> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (cause) {
    throw new ArgumentError(
      `--network is ${folder}, which cannot be read; give the folder of a run of deno task mnist`,
      {
        cause,
      },
    );
  }
  const onnx = names.find((name) => name.endsWith(".onnx") && !name.includes("calibrated"));
  const missing = ["network.compiled", "settings.json"].filter((name) => !names.includes(name));
  if (onnx === undefined || missing.length > 0) {
    throw new ArgumentError(
      `--network is ${folder}, which has no ${
        onnx === undefined ? "ONNX file" : missing.join(" and no ")
      }; give the folder ` +
        "of a finished run of deno task mnist",
    );
  }
  const string = ["kzg.srs", "kzg.unsafe.srs"].find((name) => names.includes(name));
  return {
    name: onnx.replace(/^network_|\.onnx$/g, ""),
    onnx: await Deno.readFile(`${folder}/${onnx}`),
    calibrated: await Deno.readFile(
      `${folder}/${names.includes("network.calibrated.onnx") ? "network.calibrated.onnx" : onnx}`,
    ),
    compiled: await Deno.readFile(`${folder}/network.compiled`),
    settings: await Deno.readTextFile(`${folder}/settings.json`),
    accuracy: null,
    images: 0,
    ...string === undefined ? {} : { srs: await Deno.readFile(`${folder}/${string}`) },
  };
}
