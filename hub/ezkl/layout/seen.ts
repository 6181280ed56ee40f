/**
 * Who may see what in a circuit that is laid out here.
 * @module
 */
import { isHashed, type RunArgs, type Visibility } from "../format/run_args.ts";

/** Why cells of a circuit with these visibilities are not laid out here, as a sentence; null where they are. */
export function whyUnseen({ inputVisibility, outputVisibility, paramVisibility }: RunArgs): string | null {
  const refused = (what: string, seen: Visibility, names: readonly Visibility[]) =>
    names.includes(seen)
      ? null
      : `the ${what} are ${JSON.stringify(seen)}, which the prover does not lay out; take ${names.join(" or ")}, or ` +
        "prove with the engine";
  const shown = (what: string, seen: Visibility) =>
    isHashed(seen) && seen.Hashed.hashIsPublic && seen.Hashed.outlets.length === 0
      ? null
      : refused(what, seen, ["Private", "Public"]);
  return shown("inputs", inputVisibility) ?? shown("outputs", outputVisibility) ??
    refused("weights", paramVisibility, ["Private", "Fixed"]);
}
