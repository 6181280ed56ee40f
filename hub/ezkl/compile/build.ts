/**
 * Which compiler makes a circuit: EZKL's rules, or the frugal ones where the settings
 * carry a scheme for them.
 * @module
 */
import type { CircuitModel } from "../format/circuit.ts";
import type { GraphSettings } from "../format/settings.ts";
import { buildFrugal } from "./frugal.ts";
import { buildCircuit } from "./native.ts";
import type { Network } from "../network/network.ts";
import { schemeFrom } from "../network/scheme.ts";

/** The graph of `network` as its settings ask for it. */
export function buildFor(
  network: Network,
  { runArgs, zkgrad }: Pick<GraphSettings, "runArgs" | "zkgrad">,
): CircuitModel {
  if (zkgrad === undefined || zkgrad === null) return buildCircuit(network, runArgs);
  return buildFrugal(network, runArgs, schemeFrom(zkgrad));
}
