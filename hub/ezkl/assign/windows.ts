/**
 * Convolutions and poolings, as EZKL lays them: one window after the other.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { ConvOp, HybridOp, Padding } from "../format/operations.ts";
import type { Comparisons } from "./comparisons.ts";
import { filled, isPlaced, joined, pick, reshaped, type Tensor } from "./tensor.ts";

type Pool<Name> = Extract<HybridOp, { name: Name }>;

/** The elements of each window over the last axes of a padded tensor, by positions in it; -1 is padding. */
interface Windows {
  /** Windows of one plane, row-major. */
  readonly starts: number;
  /** Positions of the elements of a window, plane by plane. */
  of(plane: number, window: number): number[];
}

/** Windows of `kernel` over the last axes of `dims`. */
function windowsOf(
  dims: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly Padding[],
): Windows {
  const sizes = dims.slice(dims.length - kernel.length), area = sizeOf(sizes);
  const counts = sizes.map((size, axis) =>
    Math.floor((padding[axis][0] + size + padding[axis][1] - kernel[axis]) / stride[axis]) + 1
  );
  const coordinates = (index: number, shape: readonly number[]) => {
    const at = new Array<number>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = index % shape[axis];
      index = Math.floor(index / shape[axis]);
    }
    return at;
  };
  const inside = Array.from({ length: sizeOf(kernel) }, (_, index) => coordinates(index, kernel));
  return {
    starts: sizeOf(counts),
    of: (plane, window) => {
      const first = coordinates(window, counts).map((at, axis) => at * stride[axis] - padding[axis][0]);
      return inside.map((offsets) => {
        let position = 0;
        for (let axis = 0; axis < sizes.length; axis++) {
          const at = first[axis] + offsets[axis];
          if (at < 0 || at >= sizes[axis]) return -1;
          position = position * sizes[axis] + at;
        }
        return plane * area + position;
      });
    },
  };
}

/** A convolution of [image, kernel] or [image, kernel, bias]. */
export function layConv(
  steps: Comparisons,
  op: Pick<ConvOp, "padding" | "stride" | "group">,
  [given, weights, bias]: readonly Tensor[],
): Tensor {
  const { region } = steps;
  let [image, kernel] = [given, weights], advance = 0;
  if (!isPlaced(kernel)) {
    kernel = region.assign(0, kernel);
    advance = kernel.values.length;
  }
  if (!isPlaced(image)) {
    image = region.assign(1, image);
    advance = Math.max(advance, image.values.length);
  }
  region.lin += advance;
  region.flush();
  const [outputs, channels, ...sizes] = kernel.dims;
  const windows = windowsOf(image.dims, sizes, op.stride, op.padding);
  const length = channels * sizeOf(sizes), planes = image.dims[1], batch = image.dims[0];
  const perGroup = outputs / op.group;
  const results: Tensor[] = [];
  for (let sample = 0; sample < batch; sample++) {
    for (let output = 0; output < outputs; output++) {
      const group = Math.floor(output / perGroup);
      const weights = pick(kernel, Array.from({ length }, (_, at) => output * length + at));
      for (let window = 0; window < windows.starts; window++) {
        const positions = Array.from({ length: channels }, (_, channel) => {
          return windows.of(sample * planes + group * channels + channel, window);
        });
        region.flush();
        let result = steps.dot(pick(image, positions.flat()), weights);
        if (bias) {
          result = steps.pairwise("Add", result, pick(bias, [bias.values.length === 1 ? 0 : output]));
          region.flush();
        }
        results.push(result);
      }
    }
  }
  return joined(results);
}

/** Sums over windows. */
export function laySumPool(steps: Comparisons, op: Pool<"SumPool">, image: Tensor): Tensor {
  const { region } = steps, size = sizeOf(op.kernelShape);
  const kernel = region.assign(1, filled(1, [1, 1, ...op.kernelShape]));
  region.lin += size;
  const spatial = image.dims.slice(image.dims.length - op.kernelShape.length), area = sizeOf(spatial);
  const planes = image.values.length / area;
  return joined(Array.from({ length: planes }, (_, plane) => {
    const own = pick(image, Array.from({ length: area }, (_, at) => plane * area + at), [1, 1, ...spatial]);
    return layConv(steps, { padding: op.padding, stride: op.stride, group: 1 }, [own, kernel]);
  }));
}

/** The largest of every window. */
export function layMaxPool(steps: Comparisons, op: Pool<"MaxPool">, image: Tensor): Tensor {
  const windows = windowsOf(image.dims, op.poolDims, op.stride, op.padding);
  const planes = image.values.length / sizeOf(image.dims.slice(image.dims.length - op.poolDims.length));
  const results: Tensor[] = [];
  for (let plane = 0; plane < planes; plane++) {
    for (let window = 0; window < windows.starts; window++) {
      const sorted = steps.sort(pick(image, windows.of(plane, window)));
      results.push(pick(sorted, [sorted.values.length - 1]));
    }
  }
  return joined(results);
}

/** For each place that `axes` leave, the elements along them. */
export function slicesAlong({ dims }: Tensor, axes: readonly number[]): number[][] {
  const kept = dims.map((size, axis) => axes.includes(axis) ? 1 : size);
  const slices: number[][] = Array.from({ length: sizeOf(kept) }, () => []);
  const at = dims.map(() => 0);
  for (let position = 0; position < sizeOf(dims); position++) {
    slices[dims.reduce((sum, _, axis) => sum * kept[axis] + (kept[axis] === 1 ? 0 : at[axis]), 0)].push(position);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return slices;
}

/** What `step` makes of the elements along axes, place by place. */
export function layAlong(x: Tensor, axes: readonly number[], step: (slice: Tensor) => Tensor): Tensor {
  if (axes.length === 0) return x;
  return joined(slicesAlong(x, axes).map((positions) => step(reshaped(pick(x, positions), [positions.length]))));
}
