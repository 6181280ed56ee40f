/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A button that comes in place of another.
 * @module
 */
import type { ButtonHTMLAttributes, JSX } from "npm:preact@10.29.8";
import { useKeptFocus } from "./focus.ts";

/** Takes the focus over where the one before it had it. */
export function NextButton(props: ButtonHTMLAttributes<HTMLButtonElement>): JSX.Element {
  return <button type="button" {...props} ref={useKeptFocus<HTMLButtonElement>(props.disabled === true)} />;
}
