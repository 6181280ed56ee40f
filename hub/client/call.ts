/**
 * A public function's call: its hub, its time, and the fields that its hub knows.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { type Hub, type HubAccess, hubOf } from "./access.ts";
import { HubTimeoutError } from "./errors.ts";
import { isUnknownField } from "./graphql.ts";
import { limited } from "./patience.ts";

/** Runs `body` with the hub of `access` and a signal for the call. */
export async function calling<T>(
  caller: string,
  access: HubAccess,
  body: (hub: Hub, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const hub = hubOf(caller, access);
  const late = () =>
    new HubTimeoutError(`${caller}: ${hub.place} took longer than the ${access.timeout} ms allowed; allow more`);
  return await limited(caller, access, late, (signal) => body(hub, signal));
}

/** Asks for all fields; a hub that does not know the additions is asked for the old contract's from then on. */
export async function withFields<T>(
  hub: Hub,
  all: string,
  contract: string,
  ask: (fields: string) => Promise<T>,
): Promise<T> {
  if (hub.old) return await ask(contract);
  try {
    return await ask(all);
  } catch (error) {
    if (!isUnknownField(error)) throw error;
    hub.old = true;
    return await ask(contract);
  }
}

/** Checks an id or a name. */
export function checkText(caller: string, name: string, value: string): void {
  if (typeof value === "string" && value !== "") return;
  throw new ArgumentError(`${caller}: ${name} is ${value === "" ? "empty" : typeof value}, expected a text`);
}
