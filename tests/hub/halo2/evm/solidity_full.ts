/** The Solidity text in both compilers that it is said for, with all settings that matter. */
import newest from "npm:solc@0.8.37";
import oldest from "npm:solc@0.8.28";
import { holdsAsSolidity, WAYS } from "./solidity.ts";

for (const [version, compiler] of [["0.8.28", oldest], ["0.8.37", newest]] as const) {
  for (const way of WAYS) {
    const { viaIR, runs } = way;
    Deno.test(`solc ${version}, ${viaIR ? "by way of IR" : "directly"}, optimized for ${runs} runs`, async () => {
      for (const name of ["sig_T3", "hashed"]) await holdsAsSolidity(compiler, name, way);
    });
  }
}
