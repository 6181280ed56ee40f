/**
 * The network that a command is about: its bytes, and the sizes of what its file leaves open.
 * @module
 */
import { resolve } from "node:path";
import { ArgumentError } from "../../../core/base/errors.ts";
import { decodeModel } from "../../../onnx/proto.ts";
import { defaultRunArgs, type RunArgs } from "../../ezkl/mod.ts";
import { readNetwork } from "../../ezkl/folder/network_file.ts";
import type { Telling } from "./telling.ts";

type Variables = RunArgs["variables"];

/** The bytes of a network with the weights that lie beside it. */
export function networkBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readNetwork(resolve(path));
}

/** What `--variables` says: `batch->1,length=12`. */
export function variablesOf(text: string | undefined): Variables {
  if (text === undefined) return [];
  return text.split(",").map((pair) => {
    const [, name, size] = /^\s*(.+?)\s*(?:->|=)\s*(\d+)\s*$/.exec(pair) ?? [];
    if (name !== undefined && Number(size) >= 1) return [name, Number(size)];
    throw new ArgumentError(
      `variables is ${text}, expected names with sizes from 1, as in "batch_size->1,length->12"`,
    );
  });
}

/**
 * The sizes of a network's open dimensions: those that were `given`, and one sample for a batch that was not; that is
 * said.
 * @throws {ArgumentError} for another open dimension
 */
export function sizesOf(telling: Telling, bytes: Uint8Array, network: string, given: Variables): Variables {
  const { input = [], initializer = [] } = decodeModel(bytes, network).graph ?? {};
  const weights = new Set(initializer.map(({ name }) => name));
  const sizes = new Map([...defaultRunArgs.variables, ...given]);
  for (const { name, type } of input.filter((one) => !weights.has(one.name))) {
    for (const [axis, { dimValue, dimParam }] of (type?.tensorType?.shape?.dim ?? []).entries()) {
      if (dimValue !== undefined || !dimParam || sizes.has(dimParam)) continue;
      if (axis > 0) {
        throw new ArgumentError(
          `${network} leaves dimension ${axis} of its input "${name}" open, as "${dimParam}"; give it a size, as in ` +
            `--variables "${dimParam}->12"`,
        );
      }
      sizes.set(dimParam, 1);
      telling.say(`the open dimension "${dimParam}" is taken as 1, one sample (see --variables)`);
    }
  }
  return [...sizes];
}
