/**
 * Where the reference lists a public name: by the file that it stands in and by its kind, so that no comment has to say
 * it and none is forgotten.
 * @module
 */

/** What a user needs first stands first; the numbers keep that order, for the site sorts by name. */
const NAMES = [
  "Training",
  "Data",
  "Layers",
  "Functions",
  "ONNX",
  "Circuits",
  "Proving",
  "Verifying",
  "Hub",
  "Programs",
  "Devices and errors",
  "Operations of one's own",
] as const;

/** One of the site's groups. */
export type Category = typeof NAMES[number];

const PROVING = /^hub\/ezkl\/(prover|srs|engine|folder|guard|setup|prove|gen_witness|samples|tool)\b|format\/witness/;
const VERIFYING = /^hub\/(verify|halo2\/evm)\b|^hub\/ezkl\/(verify|format\/proof)\b|evm|calldata/;
const TRAINS = /LR$|LR[A-Z]|^(Adam|SGD|RMSprop)|Loss/;
const INNER = /(Op|Attributes)$|^(operations|elementLossOp|LossPlace|ElementFormula)$/;

/** The group of a name that a file exports. */
export function categoryOf(path: string, name: string): Category {
  if (path.startsWith("core/train/")) return "Training";
  if (path.startsWith("core/data/")) return "Data";
  if (/^core\/(base|run)\//.test(path)) return "Devices and errors";
  if (/^core\/graph\/(module|parameter|state_dict)\./.test(path)) return "Layers";
  if (/^core\/graph\/(optimizer|scheduler|param_groups|quantization)\./.test(path)) return "Training";
  if (path.startsWith("core/")) return "Operations of one's own";
  if (path.startsWith("ops/")) {
    if (INNER.test(name)) return "Operations of one's own";
    if (TRAINS.test(name)) return "Training";
    return /^[a-z]/.test(name) ? "Functions" : "Layers";
  }
  if (path.startsWith("onnx/")) return "ONNX";
  if (VERIFYING.test(path)) return "Verifying";
  if (PROVING.test(path)) return "Proving";
  if (/^hub\/(ezkl|halo2)\//.test(path)) return "Circuits";
  return /^hub\/(client|server)\b/.test(path) ? "Hub" : "Programs";
}

/** A doc comment and the declaration of a public name behind it. */
const DOCUMENTED =
  /\/\*\*((?:(?!\*\/)[^])*?)\s*\*\/\n((?:\/\/[^\n]*\n)?export (?:declare )?(?:abstract )?(?:async )?(?:class|function\*?|interface|type|const) (\w+))/g;

/** The text of a file with its public names put in their groups. */
export function categorized(path: string, text: string): string {
  return text.replaceAll(DOCUMENTED, (_, doc: string, declaration: string, name: string) => {
    const category = categoryOf(path, name), number = String(NAMES.indexOf(category) + 1).padStart(2, "0");
    return `/**${doc}\n * @category ${number} ${category}\n */\n${declaration}`;
  });
}
