/**
 * The network that the page draws for, proves and verifies: the one that the build wrote beside the page, or one that
 * was trained or brought here.
 * @module
 */
import { type Signal, signal } from "npm:@preact/signals@2.11.4";
import { said, sentenceOf } from "./errors.ts";
import { type AboutNetwork, CALIBRATED_FILE, NETWORK_FILES } from "./network_files.ts";

export type { AboutNetwork };

/** A network with everything that a proof takes. */
export interface PageNetwork {
  /** What people are told of it. */
  readonly about: AboutNetwork;
  /** The network in floats, rounded to the circuit's grid or not. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** The same with the circuit's own weights: with the settings it compiles to the very circuit. */
  readonly calibrated: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Its circuit. */
  readonly compiled: Uint8Array<ArrayBuffer>;
  /** `settings.json`. */
  readonly settings: Uint8Array<ArrayBuffer>;
  /** `key.vk`. */
  readonly vk: Uint8Array<ArrayBuffer>;
  /** The reference string of its logrows. */
  readonly srs: Uint8Array<ArrayBuffer>;
  /** Whether it lies beside the page, so that whoever opens a link has it too. */
  readonly shared: boolean;
  /** Which of the page's own network's circuits it is, where it is one that lies not beside the page. */
  readonly candidate?: number;
}

/** The one that is in use; null until it has come. */
export const network: Signal<PageNetwork | null> = signal(null);

let chosen = 0;

/**
 * Says that the visitor chose a network, which has to be made first. What is returned takes it in use, unless another was
 * chosen meanwhile; then it says false.
 */
export function choose(): (made: PageNetwork) => boolean {
  const mine = ++chosen;
  return (made) => {
    if (mine !== chosen) return false;
    network.value = made;
    return true;
  };
}

let own: Promise<PageNetwork> | null = null;

/** The network beside the page; fetched once. */
export function sharedNetwork(): Promise<PageNetwork> {
  own ??= fetchNetwork();
  own.catch(() => own = null);
  return own;
}

/** Takes the network beside the page in use, unless another is by then. */
export async function openNetwork(): Promise<void> {
  try {
    const shared = await sharedNetwork();
    network.value ??= shared;
  } catch (error) {
    said.value = `The page's network could not be loaded: ${sentenceOf(error)} Load the page again.`;
  }
}

async function fetchNetwork(): Promise<PageNetwork> {
  const about = await (await fetched("about.json")).json() as AboutNetwork;
  const names = Object.entries(NETWORK_FILES);
  const files = await Promise.all(names.map(([, file]) => bytesOf(file)));
  const bytes = Object.fromEntries(names.map(([name], at) => [name, files[at]]));
  return {
    about,
    ...bytes as Record<keyof typeof NETWORK_FILES, Uint8Array<ArrayBuffer>>,
    calibrated: () => bytesOf(CALIBRATED_FILE),
    shared: true,
  };
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetched(file)).arrayBuffer());
}

async function fetched(file: string): Promise<Response> {
  const response = await fetch(`network/${file}`);
  if (!response.ok) throw new Error(`the page's host answers with ${response.status} to network/${file}`);
  return response;
}
