/** A million numbers in every kernel of both fields and in every form: minutes. */
import { checkArithmetic } from "./arithmetic.ts";
import { FORMS, kernelsOf } from "./numbers.ts";

for (const form of FORMS) {
  Deno.test(`${form.name}: arithmetic on a million numbers`, () => {
    const kernels = kernelsOf(form);
    for (const field of [kernels.r, kernels.p]) checkArithmetic(kernels, field, 1_000_000);
  });
}
