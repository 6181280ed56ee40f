/**
 * Lowering of what changes the shape alone, and of Pad.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, type LoweredValue, type LoweringRule, madeShape, operand } from "../network/lowering.ts";

/** The same elements in another shape. */
export function lowerReshape(what: string): LoweringRule {
  return (lowering) => {
    const x = operand(lowering, 0);
    const made = madeShape(lowering, what);
    const shape = made.length === 0 ? [1] : made;
    if (x.constant !== null) return { ...x, node: null, shape };
    return shape.join() === x.shape.join() ? x : lowering.add({ type: "Reshape" }, [x], shape);
  };
}

/** Zeros around. */
export const lowerPad: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, ["mode", "pads", "value"]);
  const mode = attributes.text("mode", "constant");
  if (mode !== "constant") {
    throw new ArgumentError(`its mode is "${mode}", expected constant; a circuit pads with zeros alone`);
  }
  const x = activation(lowering, 0);
  const value = attributes.float("value", 0);
  if (value !== 0) throw new ArgumentError(`it pads with ${value}, expected 0; a circuit pads with zeros alone`);
  const shape = madeShape(lowering, "pads"), pads = attributes.integers("pads")!;
  if (pads.some((pad) => pad < 0)) {
    throw new ArgumentError(
      `its pads are ${pads.join(", ")} for a tensor of shape ${showShape(x.shape)}, expected numbers from 0, two for ` +
        `each axis; a circuit cannot cut`,
    );
  }
  const padding = x.shape.map((_, axis): Padding => [pads[axis], pads[axis + x.shape.length]]);
  return lowering.add({ type: "Pad", padding }, [x], shape);
};
