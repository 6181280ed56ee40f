/**
 * The version, as `deno.json` has it; that file is not in the npm package.
 * @module
 */

/** The package's version. */
export const VERSION = "0.1.0";
