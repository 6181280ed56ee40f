/**
 * Pieces of a data set: some of its samples, in an epoch's order, as bytes.
 * @module
 */
import { sizeOf } from "../base/shape.ts";
import type { Dataset, Field } from "./samples.ts";

/** The first so many samples, without a copy. */
export function headOf(dataset: Dataset, samples: number): Dataset {
  const head = (field: Field): Field => ({ ...field, data: field.data.subarray(0, samples * sizeOf(field.shape)) });
  return { ...dataset, length: samples, inputs: head(dataset.inputs), targets: head(dataset.targets) };
}

/**
 * Writes samples of a field one after another.
 *
 * @param order Places to samples; null: they are the same.
 * @param first The first place.
 * @param count How many samples.
 * @param into Where they go.
 * @param stride Bytes from one sample to the next; default as they lie.
 */
export function gatherSamples(
  { data, shape }: Field,
  order: Uint32Array | null,
  first: number,
  count: number,
  into: Uint8Array,
  stride: number = sizeOf(shape) * data.BYTES_PER_ELEMENT,
): void {
  const size = sizeOf(shape) * data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (order === null && stride === size) {
    into.set(bytes.subarray(first * size, (first + count) * size));
    return;
  }
  for (let n = 0; n < count; n++) {
    const from = (order === null ? first + n : order[first + n]) * size;
    if (size === 4) { for (let k = 0; k < 4; k++) into[n * stride + k] = bytes[from + k]; }
    else into.set(bytes.subarray(from, from + size), n * stride);
  }
}
