/**
 * The last proof that was made in this page, with the files that a contract is made of.
 * @module
 */
import { type ReadonlySignal, signal } from "npm:@preact/signals@2.11.4";
import type { ContractFiles } from "./contract_worker.ts";

export const provenFiles: ReadonlySignal<ContractFiles | null> = signal(null);
