/**
 * The kernels compiled, and put over a memory.
 * @module
 */
import { DeviceError } from "../../../core/base/errors.ts";
import { features } from "../../../core/wasm/features.ts";
import { ModuleBuilder } from "../../../core/wasm/module.ts";
import { P, R } from "../curve/bn254.ts";
import { addFieldKernels } from "./field_kernels.ts";
import { type FieldForm, fusedForm, plainForm } from "./forms.ts";
import { fusesMultiplyAdd } from "./fused_check.ts";
import { Kernels } from "./kernels.ts";
import { addPointKernels } from "./point_kernels.ts";
import { addTransformKernels } from "./transform_kernels.ts";

/** 4 GiB, and what is asked for where that is refused. */
const MOST_PAGES = [65536, 32768, 16384, 8192];
/** Address 0 is nobody's. */
const START = 1024;

/** The form that suits this runtime. */
function bestForm(): FieldForm {
  return fusesMultiplyAdd() ? fusedForm : plainForm;
}

const compiled = new Map<string, WebAssembly.Module>();

/** The kernels of a form for a memory of so many pages at most, compiled once. */
function compileKernels(form: FieldForm, maximum: number, shared: boolean): WebAssembly.Module {
  const name = `${form.name} ${maximum} ${shared}`, known = compiled.get(name);
  if (known) return known;
  const module = new ModuleBuilder({ initial: 1, maximum, shared });
  for (const [prefix, modulus] of [["r.", R], ["p.", P]] as const) {
    addFieldKernels(module, form, modulus, prefix);
  }
  addTransformKernels(module, form, R, "r.");
  addPointKernels(module, form, P, "p.");
  const made = new WebAssembly.Module(module.bytes);
  compiled.set(name, made);
  return made;
}

/** Kernels over a memory of their own, which threads may share where the runtime has it. */
export function makeKernels(form: FieldForm = bestForm(), shared: boolean = features().shared): Kernels {
  for (const maximum of MOST_PAGES) {
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: 1, maximum, shared });
    } catch {
      continue; // a smaller one may be granted
    }
    return new Kernels(form, compileKernels(form, maximum, shared), memory, START, Infinity);
  }
  throw new DeviceError(
    "the prover's memory could not be made: less than 512 MiB of addresses are free here; close what else runs",
  );
}
