/**
 * The page's verifier, in a Worker of its own.
 * @module
 */
import { Calls } from "../app/calls.ts";
import type { VerifyFunctions } from "./verify_worker.ts";

/** Calls to it. */
export const verifier: Calls<VerifyFunctions> = new Calls("verify/verify_worker.js");
