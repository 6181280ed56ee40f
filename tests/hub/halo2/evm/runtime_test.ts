/** The committed codes are what the sources compile to. */
import assert from "node:assert/strict";
import { CONTRACT_SOURCES, type ContractName } from "../../../../hub/halo2/evm/contract_sources.ts";
import { RUNTIME_CODES } from "../../../../hub/halo2/evm/runtime_codes.ts";
import { COMPILER, runtimeCode, sourceHash } from "./compile.ts";

for (const name of Object.keys(CONTRACT_SOURCES) as ContractName[]) {
  Deno.test(`the code of ${name} is what solc ${COMPILER} makes of its source`, async () => {
    const { source, code } = RUNTIME_CODES[name];
    assert.equal(source, await sourceHash(name), "the source was changed: run deno task evm");
    assert.equal(code, runtimeCode(name));
  });
}
