/**
 * Mean squared error: `loss[n] = mean_k (x[n, k] - t[n, k])^2`;
 * `dx[n, k] = 2 (x[n, k] - t[n, k]) / (K N)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ElementLoss, elementLossOp } from "./element_loss.ts";

/** The operation: outputs and targets `[N, ...]` to losses `[N]` and gradient `[N, ...]`. */
export const MSEOp: OpDefinition<null> = elementLossOp("MSE", "mean squared error", () => ({
  body: `    let difference = x - t;
    let l = difference * difference;
    let d = 2.0 * difference;`,
}));

/**
 * Mean squared error, as in PyTorch: the mean over the batch and all elements.
 *
 * @example
 * ```ts
 * import { Linear, MSELoss, SGD, Trainer } from "@zkgrad/zkgrad";
 *
 * const model = new Linear(4, 1);
 * using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD({ lr: 0.1 }) });
 * ```
 */
export class MSELoss extends ElementLoss<null> {
  /** Takes no arguments. */
  constructor() {
    checkArguments("MSELoss", arguments, 0);
    super(MSEOp, null);
  }
}
