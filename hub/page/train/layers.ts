/**
 * Layers as data.
 * @module
 */

/** The class of a layer in `nn`, and what its constructor is given. */
export type Layer = readonly [
  name: "AvgPool2d" | "Conv2d" | "Flatten" | "Linear" | "Sigmoid",
  ...given: (number | Readonly<Record<string, number>>)[],
];
