/**
 * The Worker that makes proofs.
 * @module
 */
import { serveCalls } from "../app/calls.ts";

serveCalls({});
