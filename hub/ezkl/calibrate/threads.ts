/**
 * How many threads a calibration is worth.
 * @module
 */
import { processors } from "../../../core/base/host.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { FloatNetwork } from "./float_network.ts";
import type { Study } from "./weigher.ts";

/** Nanoseconds of a product and of any other number of one sample, about. */
const PRODUCT = 0.7, NUMBER = 30;
/** Circuits that are weighed at the least, about. */
const CIRCUITS = 6;
/** Nanoseconds of work that threads are made for; to make them and to warm them up takes a part of that. */
const WORTHWHILE = 5e8;
/** Most threads where nobody says how many, and the bytes that they may take together. */
const MOST = 16, MEMORY = 2 ** 30;
/** Bytes of a thread without any network, and of each weight and each number of a sample that is rounded on. */
const THREAD = 48 * 2 ** 20, WEIGHT = 40, VALUE = 8;

/** The threads for a study whose chosen circuit is run on `samples` samples more; `asked` where that many are asked for. */
export function threadsFor(
  { network, layers }: FloatNetwork,
  { calibration, screening }: Study,
  samples: number,
  asked: number | undefined,
): number {
  if (asked !== undefined) return asked;
  let products = 0, weights = 0;
  for (const { outputs, rows, depth, weights: own } of layers.values()) {
    products += outputs * rows * depth;
    weights += own.length;
  }
  const sizes = network.nodes.map(({ shape, op }) => op.type === "Constant" ? 0 : sizeOf(shape));
  const numbers = sizes.reduce((sum, size) => sum + size, 0), widest = Math.max(...sizes);
  const runs = CIRCUITS * (calibration.count + screening.count) + samples;
  if (runs * (PRODUCT * products + NUMBER * numbers) < WORTHWHILE) return 1;
  const bytes = THREAD + WEIGHT * weights + VALUE * calibration.count * 3 * widest;
  return Math.max(1, Math.min(processors(), MOST, Math.floor(MEMORY / bytes)));
}
