/** The Solidity text compiles and does as the contracts do; solidity_full.ts tries all settings. */
import solc from "npm:solc@0.8.37";
import { holdsAsSolidity } from "./solidity.ts";

Deno.test("the Solidity text compiles without an optimizer", () =>
  holdsAsSolidity(solc, "w1", { viaIR: false, runs: 0 }));

Deno.test("the Solidity text compiles with the optimizer", () =>
  holdsAsSolidity(solc, "gemm", { viaIR: false, runs: 200 }));
