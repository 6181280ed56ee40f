/**
 * Who sees what of a model, in the contract's words.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { isHashed, type RunArgs, type Visibility } from "../ezkl/format/run_args.ts";
import { settingsFromJson } from "../ezkl/format/settings_json.ts";

/** Who sees what, in settings that bring all run arguments along. */
export function visibilitiesOf(
  caller: string,
  settings: Uint8Array | string,
  runArgs: Partial<RunArgs> | undefined,
): Partial<RunArgs> {
  if (runArgs !== undefined) {
    throw new ArgumentError(`${caller}: there are runArgs beside settings, which have their own; leave either out`);
  }
  const bytes = settings instanceof Uint8Array, text = bytes ? new TextDecoder().decode(settings) : settings;
  try {
    const { inputVisibility, outputVisibility, paramVisibility } = settingsFromJson(text, "settings").runArgs;
    return { inputVisibility, outputVisibility, paramVisibility };
  } catch (cause) {
    const why = cause instanceof FormatError ? `: ${cause.message}` : "";
    throw new ArgumentError(`${caller}: settings is no settings.json; give the bytes or the text of one${why}`, {
      cause,
    });
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
