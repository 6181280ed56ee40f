/**
 * `zkgrad look network.onnx`: what a network is made of, whether it can be proved, and what each target would cost.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { formatBytes, formatCount, formatDuration } from "../../../core/base/format.ts";
import { decodeModel } from "../../../onnx/proto.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { calibrateSettings, compileCircuit, genSettings, priceCircuit, type RunArgs } from "../../ezkl/mod.ts";
import { standing } from "../../ezkl/calibrate/measure.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { tableText } from "../report.ts";
import { textOf } from "./folder.ts";
import { networkBytes } from "./network.ts";
import { runArguments } from "./run_arguments.ts";
import { drawn, drawnText, samplesOf } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** The targets whose price can be had from samples alone. */
const TARGETS = ["resources", "accuracy", "fidelity"] as const;

/** Samples that are drawn for fidelity where there are none. */
const DRAWN = 16;

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
    const given = flags.data === undefined ? null : await textOf(flags.data, "--data");
    if (flags.data !== undefined) await samplesOf(lowered, flags.data, "--data");
    else telling.say(`no --data: the prices are for samples of ${drawnText(lowered)}`);
    const notes: string[] = [], rows = [["target", "cells", "rows", "memory", "keys", "proof"]];
    for (const target of TARGETS) {
      telling.show(`pricing ${target}`);
      // EZKL's targets see the extremes of one as of many; what fidelity judges by needs several.
      const data = given ?? drawn(lowered, target === "fidelity" ? DRAWN : 1);
      const found = await priced(bytes, data, target, args);
      targets[target] = found;
      if (typeof found === "string") notes.push(`no circuit for ${target}: ${found}`);
      else {
        const { cells, logrows, heapBytes, seconds, does } = found;
        if (does !== undefined) notes.push(`the circuit for ${target} has ${does}`);
        const times = [seconds.keys, seconds.proof].map((time) => formatDuration(time));
        rows.push([target, formatCount(cells), `2^${logrows}`, formatBytes(heapBytes), ...times]);
      }
    }
    telling.show("");
    if (rows.length > 1) telling.say(tableText(rows));
    for (const note of notes) telling.say(note);
  }
  telling.end({ operators: Object.fromEntries(counts), refused, targets });
}

/** A price, and for fidelity what the circuit does by its measure. */
type Priced = ReturnType<typeof priceCircuit> & { does?: string };

async function priced(
  onnx: Uint8Array,
  data: string,
  target: (typeof TARGETS)[number],
  args: Partial<RunArgs>,
): Promise<Priced | string> {
  try {
    const found = await calibrateSettings(onnx, genSettings(onnx, args), data, { target } as { target: "resources" });
    const { report } = found;
    const does = "chosen" in report ? { does: standing(report.measure, report.chosen.evaluation!) } : {};
    return { ...priceCircuit(compileCircuit(found.onnx, found.settings)), ...does };
  } catch (error) {
    if (error instanceof ZkgradError) return error.message.split("; ")[0];
    throw error;
  }
}
