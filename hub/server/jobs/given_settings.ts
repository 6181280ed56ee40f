/**
 * Settings that a user sends along with a model, of a circuit that was calibrated before.
 * @module
 */
import { checkCompilable, checkRunArgs } from "../../ezkl/format/run_args.ts";
import { type GraphSettings, settingsFromJson } from "../../ezkl/mod.ts";

/**
 * The settings in a settings.json.
 * @throws {ArgumentError} for run arguments that no circuit can have
 * @throws {FormatError} for anything but a settings.json
 */
export function givenSettings(bytes: Uint8Array): GraphSettings {
  const settings = settingsFromJson(new TextDecoder().decode(bytes), "settings");
  checkRunArgs(settings.runArgs);
  checkCompilable(settings.runArgs);
  return settings;
}
