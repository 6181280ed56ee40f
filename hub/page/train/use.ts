/**
 * A network that was trained here becomes the one that the page draws for, proves and verifies.
 * @module
 */
import { choose, type PageNetwork, sharedNetwork } from "../app/network.ts";
import type { Desk } from "./desk.ts";
import type { ChosenCircuit, Weighed } from "./news.ts";
import { presetOf } from "./presets.ts";

/** Digits that its right answers were counted on. */
const TESTED = 1000;

/** A circuit that was made here, and what it was made of. */
export interface Made {
  /** What people are told of the network. */
  readonly name: string;
  /** The network in floats. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly circuit: ChosenCircuit;
  readonly weighed: Weighed;
  /** Makes its key, with the string of the network beside the page where that fits. */
  readonly keys: (given: { logrows: number; srs: Uint8Array<ArrayBuffer> } | null) => Promise<
    Pick<PageNetwork, "vk" | "srs"> | null
  >;
}

/** Circuit and key as a network of the page; null where there is no key. */
export async function withItsKey({ name, onnx, circuit, weighed, keys }: Made): Promise<PageNetwork | null> {
  const shared = await sharedNetwork().catch(() => null);
  const made = await keys(shared && { logrows: shared.about.logrows, srs: shared.srs });
  if (made === null) return null;
  const { cells, logrows, seconds, heapBytes } = weighed.candidates[circuit.candidate].price!;
  const isShared = shared?.srs !== undefined && shared.about.logrows === logrows;
  const { compiled, settings, accuracy } = circuit;
  return {
    about: {
      name,
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
    onnx,
    calibrated: () => Promise.resolve(circuit.onnx),
    compiled,
    settings,
    ...made,
    shared: false,
  };
}

/** The network with a key made for its circuit; null where that could not be made, which the desk then tells. */
export function withKey(desk: Desk): Promise<PageNetwork | null> {
  return withItsKey({
    name: `${presetOf(desk.task.value!.preset).title.toLowerCase()}, trained here`,
    onnx: desk.onnx.value!,
    circuit: desk.circuit.value!,
    weighed: desk.weighed.value!,
    keys: (given) => desk.keys(given),
  });
}

/** Takes it in use and goes to where one draws. */
export async function useNetwork(desk: Desk): Promise<void> {
  const use = choose(), made = await withKey(desk);
  if (made !== null && use(made)) location.hash = "#draw";
}
