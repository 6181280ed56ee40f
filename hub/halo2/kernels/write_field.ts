/**
 * Arithmetic of a field in the form that is asked for.
 * @module
 */
import type { WasmFunction } from "../../../core/wasm/module.ts";
import type { FieldCode } from "./field_code.ts";
import type { FieldForm } from "./forms.ts";
import { FusedCode } from "./fused_code.ts";
import { PlainCode } from "./plain_code.ts";

/** Writes code of a form at the end of `f`. */
export function writeField(form: FieldForm, f: WasmFunction, modulus: bigint): FieldCode {
  return form.name === "fused" ? new FusedCode(f, modulus) : new PlainCode(f, modulus);
}
