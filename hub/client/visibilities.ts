/**
 * Who sees what of a model, in the contract's words.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { isHashed, type RunArgs, type Visibility } from "../ezkl/format/run_args.ts";

/** Who sees what, in settings that bring all run arguments along. */
export function visibilitiesOf(
  caller: string,
  settings: Uint8Array | string,
  runArgs: Partial<RunArgs> | undefined,
): Partial<RunArgs> {
  if (runArgs !== undefined) {
    throw new ArgumentError(`${caller}: there are runArgs beside settings, which have their own; leave either out`);
  }
  try {
    const text = typeof settings === "string" ? settings : new TextDecoder().decode(settings);
    const { run_args: args } = JSON.parse(text) as { run_args: Record<string, Visibility> };
    const [inputVisibility, outputVisibility, paramVisibility] = ["input", "output", "param"].map((name) =>
      args[`${name}_visibility`]
    );
    return { inputVisibility, outputVisibility, paramVisibility };
  } catch (cause) {
    throw new ArgumentError(`${caller}: settings is no settings.json; give the bytes or the text of one`, { cause });
  }
}

/** Its word in the contract. */
export function visibilityOf(caller: string, name: string, value: Visibility): string {
  if (value === "Private" || value === "Public" || value === "Fixed") return value.toLowerCase();
  if (isHashed(value)) return "hashed";
  throw new ArgumentError(
    `${caller}: ${name} is ${value}, expected Private, Public, Fixed or Hashed; a hub takes no others`,
  );
}
