/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The verifier's section: any proof with its key and settings.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";

/** Verify. */
export function VerifySection(): JSX.Element {
  return <h1>Verify a proof</h1>;
}
