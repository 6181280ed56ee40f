/**
 * Compiles the verifier contracts' runtime codes, which are committed, so that nobody needs a
 * compiler to make a contract:
 *
 *     deno task evm
 *
 * The Yul optimiser is off: it moves what is written once per loop to where the stack has no
 * room for it, and gains nothing on a body that is written for the machine.
 * @module
 */
import solc from "npm:solc@0.8.37";
import { CONTRACT_SOURCES, type ContractName } from "../../../../hub/halo2/evm/contract_sources.ts";

/** The compiler that the committed codes were made with. */
export const COMPILER: string = solc.version();

/** The module that holds the codes. */
export const CODES_FILE: URL = new URL("../../../../hub/halo2/evm/runtime_codes.ts", import.meta.url);

/** What a compiler says of its input, in solc's JSON form. */
export interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, CompiledContract>>;
}

/** A compiled contract. */
export interface CompiledContract {
  abi: unknown;
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
}

/** A compiler, as the package solc has it. */
export interface Compiler {
  compile(input: string): string;
}

/** Compiles one source; throws what the compiler calls an error. */
export function compiled(
  compiler: Compiler,
  language: "Yul" | "Solidity",
  source: string,
  settings: Record<string, unknown>,
): Record<string, CompiledContract> {
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  const input = { language, sources: { contract: { content: source } }, settings: { outputSelection, ...settings } };
  const output: CompilerOutput = JSON.parse(compiler.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return output.contracts.contract;
}

/** The runtime code of a contract, in hexadecimal. */
export function runtimeCode(name: ContractName): string {
  const optimizer = { enabled: true, runs: 1_000_000, details: { yul: false } };
  const { Contract } = compiled(solc, "Yul", CONTRACT_SOURCES[name], { evmVersion: "cancun", optimizer });
  return Contract.evm.bytecode.object;
}

/** The SHA-256 of a contract's source, in hexadecimal. */
export async function sourceHash(name: ContractName): Promise<string> {
  const text = new TextEncoder().encode(CONTRACT_SOURCES[name]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

/** The text of the module of codes. */
async function codesText(): Promise<string> {
  const entries: string[] = [];
  for (const name of Object.keys(CONTRACT_SOURCES) as ContractName[]) {
    const [source, code] = [await sourceHash(name), runtimeCode(name)];
    entries.push(`  ${name}: {\n    source: "${source}",\n    code:\n      "${code}",\n  },\n`);
  }
  return `/**
 * The runtime codes of the verifier contracts, compiled from contract_sources.ts by solc
 * ${COMPILER} for Cancun. Made by \`deno task evm\`; a test makes them again.
 * @module
 */
import type { ContractName } from "./contract_sources.ts";

/** For each contract: the SHA-256 of its source, and its code, both in hexadecimal. */
export const RUNTIME_CODES: Readonly<Record<ContractName, { source: string; code: string }>> = {
${entries.join("")}};
`;
}

if (import.meta.main) await Deno.writeTextFile(CODES_FILE, await codesText());
