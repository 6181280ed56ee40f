/**
 * The hub that the visitor chose, and whether it has the page's network.
 * @module
 */
import { batch, effect, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { network, type PageNetwork } from "../app/network.ts";
import { sha256 } from "../../ezkl/srs/sha256.ts";
import { keepKey, type KeptKey, keptKey } from "../hub/kept.ts";
import { sentenceOf } from "../app/errors.ts";
import type { ProveFunctions } from "../prove/prove_worker.ts";
import { addressProblem } from "./address.ts";
import type { Connected, Deployed, HubFunctions, News } from "./by_hub_worker.ts";

/** The Worker that speaks to it. */
export const calls: Calls<HubFunctions> = new Calls("by_hub/by_hub_worker.js");

/** The hub; null before one took a key. */
export const hub: Signal<Connected | null> = signal(null);

/** What is being asked of it, as a sentence; or an empty text. */
export const asking: Signal<string> = signal("");

/** Why something did not go well, or an empty text. */
export const problem: Signal<string> = signal("");

/** The page's network there. */
export type Place =
  | { readonly kind: "unknown" }
  | { readonly kind: "none" }
  | {
    readonly kind: "deploying";
    readonly news: News | null;
    /** Whether it was asked for here, and not by somebody else. */
    readonly isMine: boolean;
  }
  | {
    readonly kind: "there";
    readonly id: string;
    /** The network with the key that the hub's proofs are verified by: made here, whatever the hub says. */
    readonly network: PageNetwork;
  };

/** Where the network that the page shows is. */
export const place: Signal<Place> = signal({ kind: "unknown" });

/** Takes up the key that this tab has for a hub, from the hub's own pages too. */
export function reconnect(): void {
  const kept = keptKey();
  if (kept !== null && hub.peek() === null && addressProblem(kept.url) === null) connect(kept);
}

/** Asks a hub whether it takes a key. */
export async function connect(key: KeptKey): Promise<void> {
  const wrong = addressProblem(key.url);
  if (wrong !== null) return void (problem.value = wrong);
  await doing(`Asking ${new URL(key.url).host}…`, async () => {
    const found = await calls.call("connect", key);
    keepKey(key);
    hub.value = found;
  });
}

/** Forgets the hub and the key. */
export function forget(): void {
  keepKey(null);
  disconnect();
}

/** Ends what is asked of the hub, with this reason; the key is kept. */
export function disconnect(reason?: Error): void {
  turn++;
  calls.end(reason);
  batch(() => {
    hub.value = null;
    asking.value = "";
    problem.value = "";
    place.value = { kind: "unknown" };
  });
}

// Another network may be elsewhere, or nowhere.
effect(() => {
  const current = network.value;
  if (hub.value !== null && current !== null) look(current);
});

/** Looks for a network on the hub. */
export async function look(current: PageNetwork): Promise<void> {
  place.value = { kind: "unknown" };
  await doing("Looking for this network…", async (isLast) => {
    const [compiled, calibrated, settings] = await Promise.all(
      [current.compiled, await current.calibrated(), current.settings].map(sha256),
    );
    await take(current, await calls.call("find", { compiled, calibrated, settings }), { isMine: false, isLast });
  });
}

/** Deploys the network that the page shows. */
export async function deploy(): Promise<void> {
  const current = network.peek()!, { about: { name, side }, settings } = current;
  place.value = { kind: "deploying", news: null, isMine: true };
  await doing("", async (isLast) => {
    const sample = JSON.stringify({ input_data: [new Array(side * side).fill(0)] });
    const model = await current.calibrated();
    const made = await calls.call("deploy", { name: name.slice(0, 200), model, settings, sample });
    await take(current, made, { isMine: true, isLast });
  });
}

/** Has the hub stop making its keys. */
export async function cancelDeploying(): Promise<void> {
  const now = place.peek();
  if (now.kind !== "deploying" || now.news === null || !now.isMine) return;
  place.value = { kind: "none" };
  await doing("Cancelling…", () => calls.call("cancel", { kind: "artifact", id: now.news!.id }));
}

/** How a network that was found is followed. */
interface Followed {
  readonly isMine: boolean;
  /** False once something else was begun: it was cancelled, or the page shows another network by now. */
  readonly isLast: () => boolean;
}

async function take(current: PageNetwork, found: Deployed | null, { isMine, isLast }: Followed): Promise<void> {
  if (!isLast()) return;
  if (found === null) return void (place.value = { kind: "none" });
  if (!found.isReady) {
    const onProgress = (news: News): void => {
      if (isLast()) place.value = { kind: "deploying", news, isMine };
    };
    onProgress({ id: found.id, stage: "queued", progress: 0, waiting: "", line: null });
    found = await calls.call("made", found.id, { onProgress });
    if (!isLast()) return;
    place.value = { kind: "unknown" };
  }
  const verifying = await withKey(current, found, isLast);
  if (isLast()) place.value = { kind: "there", id: found.id, network: verifying };
}

/**
 * The network with the key that verifies the hub's proofs: the page's own where the hub has the same; else one that is
 * made here from the page's own circuit and the hub's reference string.
 */
async function withKey(current: PageNetwork, found: Deployed, isLast: () => boolean): Promise<PageNetwork> {
  if (found.vk === await sha256(current.vk)) return current;
  if (found.srs === null) throw new Error("the hub gives no reference string out, so its proofs could not be verified");
  if (isLast()) asking.value = "Making its key here…";
  const srs = await calls.call("srs", found), vk = await keyWith(current, srs);
  if (await sha256(vk) !== found.vk) {
    throw new Error(
      "the hub's key is not the one that this network has with the hub's reference string; do not use this hub",
    );
  }
  return { ...current, vk, srs, shared: false };
}

/** The key of a network's circuit with another reference string, in a Worker that ends with it. */
async function keyWith({ compiled }: PageNetwork, srs: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const worker = new Calls<ProveFunctions>("prove/prove_worker.js");
  try {
    return await worker.call("key", { compiled, srs });
  } finally {
    worker.end();
  }
}

/** Counts what is done, for only the last may say how it went. */
let turn = 0;

/** Does one thing, and says why where it fails. */
async function doing(sentence: string, body: (isLast: () => boolean) => Promise<void>): Promise<void> {
  const mine = ++turn, isLast = () => mine === turn;
  batch(() => {
    asking.value = sentence;
    problem.value = "";
  });
  try {
    await body(isLast);
  } catch (error) {
    if (!isLast()) return;
    if (place.peek().kind === "deploying") place.value = { kind: "none" };
    problem.value = sentenceOf(error);
  } finally {
    if (isLast()) asking.value = "";
  }
}
