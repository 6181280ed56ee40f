/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The first section: draw, see what the network says, prove it.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";

/** Draw and prove. */
export function DrawSection(): JSX.Element {
  return <h1>Draw a digit</h1>;
}
