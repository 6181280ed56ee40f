/**
 * The name of the method that `using` calls.
 *
 * Written `Symbol.dispose`, it would keep every project without TypeScript's library `esnext.disposable` from being
 * checked, and a package may not ask for a library on its user's behalf.
 * @module
 */

declare const unknown: unique symbol;

/** The type of `Symbol.dispose`, so that `using` takes what has it; one of its own where TypeScript knows of none. */
export type Dispose = SymbolConstructor extends { readonly dispose: infer S extends symbol } ? S : typeof unknown;

/** `Symbol.dispose`. */
export const dispose: Dispose = (Symbol as unknown as { readonly dispose: Dispose }).dispose;
