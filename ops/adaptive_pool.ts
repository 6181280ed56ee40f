/**
 * Pooling to a size: element i of an axis is the mean, or the largest, of elements `floor(i n / m)` up to
 * `ceil((i + 1) n / m)` of n. Where m divides n these are windows side by side; else each is a window of its own.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { unary } from "./activation.ts";
import { AvgPool2dOp } from "./avg_pool2d.ts";
import { cat } from "./concat.ts";
import { MaxPool2dOp } from "./max_pool2d.ts";
import { asImage } from "./pool_views.ts";
import { cut } from "./slice.ts";

/** The size of a result: one for both directions, or (rows, columns); null keeps the input's. */
export type OutputSize = number | readonly [number | null, number | null];

type Pool = typeof AvgPool2dOp;

function checkedSize(where: string, size: unknown, rank: 1 | 2): readonly (number | null)[] {
  const list: unknown = rank === 1 ? [1, size] : typeof size === "number" ? [size, size] : size;
  const sound = Array.isArray(list) && list.length === 2 &&
    list.every((one) => one === null && rank === 2 || Number.isSafeInteger(one) && one > 0);
  const pair = rank === 1 ? "" : ", or two of them: [rows, columns], null for a size that stays";
  expect(sound, `${where}: outputSize`, size, `a positive integer${pair}`);
  return list as (number | null)[];
}

function adaptive(where: string, x: Value, size: readonly (number | null)[], pool: Pool, rank: 1 | 2): Value {
  graphOf(where, x);
  if (x.shape.length !== rank + 2) {
    throw new ShapeError(
      `${where} takes ${rank === 1 ? "[N, C, L]" : "[N, C, H, W]"} and was given ${showShape(x.shape)}; reshape it`,
    );
  }
  return asImage(x, (image) => {
    const [height, width] = image.shape.slice(2);
    const [rows, columns] = [size[0] ?? height, size[1] ?? width];
    if (height % rows === 0 && width % columns === 0) return over(image, pool, [height / rows, width / columns]);
    return along(along(image, pool, 2, rows), pool, 3, columns);
  });
}

/** Windows side by side. */
function over(x: Value, pool: Pool, kernel: readonly [number, number]): Value {
  return kernel[0] === 1 && kernel[1] === 1 ? x : unary(pool, x, { kernel, stride: kernel, padding: [0, 0] });
}

/** Windows of their own along one axis. */
function along(x: Value, pool: Pool, axis: 2 | 3, size: number): Value {
  const all = x.shape[axis];
  const kernel = (count: number): readonly [number, number] => axis === 2 ? [count, 1] : [1, count];
  if (all % size === 0) return over(x, pool, kernel(all / size));
  const parts = Array.from({ length: size }, (_, i) => {
    const [start, end] = [Math.floor(i * all / size), Math.ceil((i + 1) * all / size)];
    return over(cut("adaptive pooling", x, axis, start, end, 1), pool, kernel(end - start));
  });
  return cat(parts, axis);
}

/** Average pooling of `x` `[N, C, H, W]` to `[N, C, ...outputSize]`. */
export function adaptiveAvgPool2d(x: Value, outputSize: OutputSize): Value {
  checkArguments("adaptiveAvgPool2d()", arguments, 2);
  const size = checkedSize("adaptiveAvgPool2d()", outputSize, 2);
  return adaptive("adaptiveAvgPool2d()", x, size, AvgPool2dOp, 2);
}

/** Average pooling of `x` `[N, C, L]` to `[N, C, outputSize]`. */
export function adaptiveAvgPool1d(x: Value, outputSize: number): Value {
  checkArguments("adaptiveAvgPool1d()", arguments, 2);
  const size = checkedSize("adaptiveAvgPool1d()", outputSize, 1);
  return adaptive("adaptiveAvgPool1d()", x, size, AvgPool2dOp, 1);
}

/** Maximum pooling of `x` `[N, C, H, W]` to `[N, C, ...outputSize]`. */
export function adaptiveMaxPool2d(x: Value, outputSize: OutputSize): Value {
  checkArguments("adaptiveMaxPool2d()", arguments, 2);
  const size = checkedSize("adaptiveMaxPool2d()", outputSize, 2);
  return adaptive("adaptiveMaxPool2d()", x, size, MaxPool2dOp, 2);
}

/**
 * Average pooling to a size as a layer.
 *
 * @example
 * ```ts
 * import { AdaptiveAvgPool2d, Conv2d, Flatten, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Conv2d(1, 16, 3), new AdaptiveAvgPool2d(1), new Flatten(), new Linear(16, 10));
 * ```
 */
export class AdaptiveAvgPool2d extends Module {
  readonly #size: readonly (number | null)[];

  /** To so many rows and columns. */
  constructor(outputSize: OutputSize) {
    super();
    checkArguments("AdaptiveAvgPool2d", arguments, 1);
    this.#size = checkedSize("AdaptiveAvgPool2d", outputSize, 2);
  }

  /** `[N, C, H, W]` to `[N, C, ...outputSize]`. */
  override forward(x: Tensor): Tensor {
    return adaptive("AdaptiveAvgPool2d", x, this.#size, AvgPool2dOp, 2);
  }
}

/** Average pooling of signals to a size as a layer. */
export class AdaptiveAvgPool1d extends Module {
  readonly #size: readonly (number | null)[];

  /** To so many elements. */
  constructor(outputSize: number) {
    super();
    checkArguments("AdaptiveAvgPool1d", arguments, 1);
    this.#size = checkedSize("AdaptiveAvgPool1d", outputSize, 1);
  }

  /** `[N, C, L]` to `[N, C, outputSize]`. */
  override forward(x: Tensor): Tensor {
    return adaptive("AdaptiveAvgPool1d", x, this.#size, AvgPool2dOp, 1);
  }
}

/** Maximum pooling to a size as a layer. */
export class AdaptiveMaxPool2d extends Module {
  readonly #size: readonly (number | null)[];

  /** To so many rows and columns. */
  constructor(outputSize: OutputSize) {
    super();
    checkArguments("AdaptiveMaxPool2d", arguments, 1);
    this.#size = checkedSize("AdaptiveMaxPool2d", outputSize, 2);
  }

  /** `[N, C, H, W]` to `[N, C, ...outputSize]`. */
  override forward(x: Tensor): Tensor {
    return adaptive("AdaptiveMaxPool2d", x, this.#size, MaxPool2dOp, 2);
  }
}
