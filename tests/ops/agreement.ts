/** One operation and its gradients on one device, beside TensorFlow.js. */
import type { OpDefinition } from "../../core/graph/op.ts";
import type { GpuDevice } from "../../core/run/device.ts";
import type { Shape } from "../../core/base/shape.ts";
import { assertClose, evaluate, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

/** Throws unless the result and every gradient agree, for inputs of these shapes. */
export async function checkAgreement<A>(
  device: GpuDevice,
  op: OpDefinition<A>,
  shapes: readonly Shape[],
  attributes: A,
): Promise<void> {
  const tensors = shapes.map((shape, k) => uniform(shape, 7 + k));
  const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], attributes)[0]);
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    (inputs) => references[op.name](inputs, attributes),
    {},
  );
  const { output, gradients } = await evaluate(device, weighed);
  assertClose(output, expected.output, 1e-5, "output");
  for (const [k, gradient] of expected.gradients) {
    assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`);
  }
}
