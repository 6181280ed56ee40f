/**
 * Whether uploaded settings can be a circuit's, and ask for what the mutation does. The compiler says the rest, in the
 * artifact's job: it lays the circuit anew, and refuses settings that count less than that takes.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import type { GraphSettings, Visibility } from "../../ezkl/mod.ts";
import { givenSettings } from "../jobs/given_settings.ts";
import { parseRunArguments } from "../jobs/run_arguments.ts";
import { BadRequestError } from "../errors.ts";
import type { Visibilities } from "./checks.ts";

/** EZKL's are some kilobytes. */
const MOST = 2 ** 20;

/** Refuses what is no settings.json, and one with run arguments or other visibilities beside it. */
export function checkSettings(bytes: Uint8Array, args: Visibilities & { readonly runArgs?: string | null }): void {
  if (bytes.length > MOST) {
    throw new BadRequestError(`settings has ${bytes.length} bytes, expected a settings.json of at most ${MOST}`);
  }
  const { runArgs } = read(bytes);
  if (args.runArgs && Object.keys(parseRunArguments(args.runArgs)).length > 0) {
    throw new BadRequestError("there are runArgs beside settings, which have their own; leave either out");
  }
  const { inputVisibility, outputVisibility, paramVisibility } = args;
  const asked = parseRunArguments(JSON.stringify({ inputVisibility, outputVisibility, paramVisibility }));
  for (const name of ["inputVisibility", "outputVisibility", "paramVisibility"] as const) {
    if (wordOf(runArgs[name]) === wordOf(asked[name]!)) continue;
    throw new BadRequestError(
      `${name} is ${wordOf(asked[name]!)}, and the settings have ${wordOf(runArgs[name])}; ask for what they have`,
    );
  }
}

function read(bytes: Uint8Array): GraphSettings {
  try {
    return givenSettings(bytes);
  } catch (cause) {
    if (cause instanceof ArgumentError || cause instanceof FormatError) {
      throw new BadRequestError(cause.message, { cause });
    }
    throw cause;
  }
}

function wordOf(visibility: Visibility): string {
  return typeof visibility === "string" ? visibility.toLowerCase() : "hashed";
}
