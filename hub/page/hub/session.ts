/**
 * Which hub, and with which key. The key lies in this tab's session storage, so that a reload keeps it and the tab's end
 * forgets it; it goes nowhere but to the hub, in a header.
 * @module
 */
import { computed, type ReadonlySignal, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { getHubCredentials, getHubKey, type HubCredentials, type HubKey, type HubScope } from "../../client/mod.ts";
import { sentenceOf } from "../app/errors.ts";
import { keepKey, keptKey } from "./kept.ts";

/** A hub that took the key. */
export interface Session {
  /** For every call. */
  readonly credentials: HubCredentials;
  /** What the key may do. */
  readonly key: HubKey;
}

/** The hub in use; null before a key was taken. */
export const session: Signal<Session | null> = signal(null);

/** Why there is none, or an empty text. */
export const refused: Signal<string> = signal("");

/** Whether one is being asked. */
export const connecting: Signal<boolean> = signal(false);

/** Whether the key may do this; the hub says so itself, this only spares a form that it would refuse. */
export function may(scope: HubScope): boolean {
  return session.value?.key.scopes.includes(scope) ?? false;
}

/** Whether the key may make and revoke keys. */
export const manages: ReadonlySignal<boolean> = computed(() =>
  (["deploy", "prove", "read"] as const).every((scope) => may(scope))
);

/** Asks a hub whether it takes a key, and keeps both for this tab. */
export async function connect(url: string, apiKey: string): Promise<void> {
  connecting.value = true;
  refused.value = "";
  try {
    const credentials = await getHubCredentials({ url, apiKey, patience: 0 });
    session.value = { credentials, key: await getHubKey({ credentials }) };
    keepKey({ url, apiKey });
  } catch (error) {
    refused.value = sentenceOf(error);
    forget();
  } finally {
    connecting.value = false;
  }
}

/** Takes up the key that this tab had before it was loaded again. */
export async function reconnect(): Promise<void> {
  const kept = keptKey();
  if (kept !== null) await connect(kept.url, kept.apiKey);
}

/** Forgets the key. */
export function forget(): void {
  session.value = null;
  keepKey(null);
}
