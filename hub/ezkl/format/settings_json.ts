/**
 * `settings.json`: a circuit's settings under EZKL's names.
 * @module
 */
import { checkText } from "./given.ts";
import { formatJson, parseJson } from "./json.ts";
import { Place } from "./place.ts";
import type { GraphSettings } from "./settings.ts";
import { settingsCodec } from "./settings_codec.ts";

/**
 * The text of `settings.json`, with whole numbers of any size exact and `settings.zkgrad`
 * under the key `zkgrad`, which EZKL ignores.
 * @throws {ArgumentError} naming the setting that its type cannot hold
 */
export function settingsToJson(settings: GraphSettings): string {
  const file = "settings.json";
  const json = settingsCodec.toJson(settings, new Place(file, "writing")) as Record<string, unknown>;
  if (settings.zkgrad !== undefined) json.zkgrad = settings.zkgrad;
  return formatJson(json, file);
}

/**
 * The settings in the text of a `settings.json`; `file` is its name for errors. Keys that
 * are not EZKL 21's are ignored, save `zkgrad`, whose whole numbers beyond 2^53 are bigints.
 * @throws {FormatError} naming the key that is missing or holds what it may not
 */
export function settingsFromJson(text: string, file: string = "settings.json"): GraphSettings {
  checkText("settingsFromJson()", file, text);
  const json = parseJson(text, file);
  const settings: GraphSettings = settingsCodec.fromJson(json, new Place(file));
  if (Object.hasOwn(json as object, "zkgrad")) settings.zkgrad = (json as { zkgrad: unknown }).zkgrad;
  return settings;
}
