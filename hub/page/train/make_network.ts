/**
 * From a list of layers to a network. Apart from the list, so that the page shows it without the engine.
 * @module
 */
import { nn } from "../../../mod.ts";
import type { Preset } from "./presets.ts";

/** A fresh network. */
export function makeNetwork({ layers }: Preset): nn.Sequential {
  return new nn.Sequential(...layers.map(([name, ...given]) => {
    const make = nn[name] as unknown as new (...given: readonly unknown[]) => nn.Module;
    return new make(...given);
  }));
}
