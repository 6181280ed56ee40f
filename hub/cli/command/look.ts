/**
 * `zkgrad look network.onnx`: what a network is made of, whether it can be proved, and what each target would cost.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { formatBytes, formatCount, formatDuration } from "../../../core/base/format.ts";
import { decodeModel } from "../../../onnx/proto.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { calibrateSettings, compileCircuit, genSettings, priceCircuit, type RunArgs } from "../../ezkl/mod.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { tableText } from "../report.ts";
import { textOf } from "./folder.ts";
import { networkBytes } from "./network.ts";
import { runArguments } from "./run_arguments.ts";
import { drawn } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** The targets whose price can be had from samples alone. */
const TARGETS = ["resources", "accuracy", "fidelity"] as const;

/** What the flags say. */
export interface LookFlags {
  readonly data?: string;
  readonly variables?: string;
}

/** Looks; a network that cannot be proved is told of, and is no error of the command's. */
export async function look(telling: Telling, network: string, flags: LookFlags): Promise<void> {
  const bytes = await networkBytes(network);
  const counts = new Map<string, number>();
  for (const { opType = "" } of decodeModel(bytes, network).graph?.node ?? []) {
    counts.set(opType, (counts.get(opType) ?? 0) + 1);
  }
  telling.say(`${network}: ${[...counts].map(([name, count]) => `${count} ${name}`).join(", ")}`);
  const args = runArguments(telling, { ...flags }, { bytes, name: network });
  let refused: string | null = null, lowered: Network | null = null;
  try {
    lowered = lowerOnnx(bytes, args.variables, network);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    refused = error.message;
    telling.say(`it cannot be proved: ${refused}`);
  }
  const targets: Record<string, unknown> = {};
  if (lowered !== null) {
    const data = flags.data === undefined ? drawn(lowered) : await textOf(flags.data, "--data");
    if (flags.data === undefined) telling.say("no --data: the prices are for one sample of numbers from -1 to 1");
    const rows = [["target", "cells", "rows", "memory", "keys", "proof"]];
    for (const target of TARGETS) {
      telling.show(`pricing ${target}`);
      const found = await priced(bytes, data, target, args);
      targets[target] = found;
      if (typeof found === "string") rows.push([target, found, "", "", "", ""]);
      else {
        const { cells, logrows, heapBytes, seconds } = found;
        const times = [seconds.keys, seconds.proof].map((time) => formatDuration(time));
        rows.push([target, formatCount(cells), `2^${logrows}`, formatBytes(heapBytes), ...times]);
      }
    }
    telling.show("");
    telling.say(tableText(rows));
  }
  telling.end({ operators: Object.fromEntries(counts), refused, targets });
}

async function priced(
  onnx: Uint8Array,
  data: string,
  target: (typeof TARGETS)[number],
  args: Partial<RunArgs>,
): Promise<ReturnType<typeof priceCircuit> | string> {
  try {
    const found = await calibrateSettings(onnx, genSettings(onnx, args), data, { target } as { target: "resources" });
    return priceCircuit(compileCircuit(found.onnx, found.settings));
  } catch (error) {
    if (error instanceof ZkgradError) return error.message.split("; ")[0];
    throw error;
  }
}
