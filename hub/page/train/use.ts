/**
 * A network that was trained here becomes the one that the page draws for, proves and verifies.
 * @module
 */
import { network, type PageNetwork, sharedNetwork } from "../app/network.ts";
import type { Desk } from "./desk.ts";
import { presetOf } from "./presets.ts";

/** Digits that its right answers were counted on. */
const TESTED = 1000;

/** The network with a key made for its circuit; null where that could not be made, which the desk then tells. */
export async function withKey(desk: Desk): Promise<PageNetwork | null> {
  const circuit = desk.circuit.value!, weighed = desk.weighed.value!, { preset } = desk.task.value!;
  const shared = await sharedNetwork().catch(() => null);
  const keys = await desk.keys(shared && { logrows: shared.about.logrows, srs: shared.srs });
  if (keys === null) return null;
  const { cells, logrows, seconds, heapBytes } = weighed.candidates[circuit.candidate].price!;
  const isShared = shared?.srs !== undefined && shared.about.logrows === logrows;
  const { compiled, settings, accuracy } = circuit;
  return {
    about: {
      name: `${presetOf(preset).title.toLowerCase()}, trained here`,
      accuracy,
      images: TESTED,
      side: 28,
      binary: true,
      cells,
      logrows,
      seconds: seconds.proof,
      heapBytes,
      srs: isShared ? shared.about.srs : {
        origin: "unsafe",
        text:
          "a test string that this page made: whoever made it could prove anything, so a proof shows nothing to others",
      },
    },
    onnx: desk.onnx.value!,
    calibrated: circuit.onnx,
    compiled,
    settings,
    ...keys,
    shared: false,
  };
}

/** Takes it in use and goes to where one draws. */
export async function useNetwork(desk: Desk): Promise<void> {
  const made = await withKey(desk);
  if (made === null) return;
  network.value = made;
  location.hash = "#draw";
}
