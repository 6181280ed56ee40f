/** What operations element by element and along axes refuse, in which words. */
import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import { nn } from "../../ops/mod.ts";
import * as ops from "../../ops/mod.ts";

const refusals:
  readonly (readonly [string, (x: Value, y: Value) => unknown, typeof ArgumentError | typeof ShapeError, RegExp])[] = [
    [
      "shapes that do not broadcast",
      (x, y) => ops.maximum(x, y),
      ShapeError,
      /^Max: maximum\(\) got \[2, 3\] and \[4\], which do not broadcast: 3 and 4 at axis -1/,
    ],
    [
      "a condition that does not broadcast",
      (x, y) => ops.where(y, x, 0),
      ShapeError,
      /^Where: where\(\) got \[4\] and \[2, 3\]/,
    ],
    ["two numbers", () => ops.pow(2, 3), ArgumentError, /^pow\(\): the input is 2, expected a tensor/],
    [
      "a number that is not finite",
      (x) => ops.fmod(x, NaN),
      ArgumentError,
      /^fmod\(\) got NaN, expected tensors or finite numbers/,
    ],
    [
      "an axis out of range",
      (x) => ops.sum(x, 2),
      ArgumentError,
      /^sum\(\): dim is 2, expected a whole number from -2 to 1, of 2 dimensions/,
    ],
    [
      "an axis named twice",
      (x) => ops.mean(x, [1, -1]),
      ArgumentError,
      /^mean\(\): dim is \[1, -1\], expected dimensions that are named once each/,
    ],
    [
      "keepdim by position",
      (x) => ops.amax(x, 1, true as never),
      ArgumentError,
      /^amax\(\) takes .* write amax\(.*\{ keepdim: true \}\)/,
    ],
    [
      "an axis of softmax out of range",
      (x) => new nn.Softmax(2).forward(x),
      ArgumentError,
      /^softmax\(\): dim is 2, expected a whole number from -2 to 1/,
    ],
    [
      "an axis of softmax that is none",
      () => new nn.LogSoftmax(0.5),
      ArgumentError,
      /^LogSoftmax: dim is 0.5, expected a whole number/,
    ],
    [
      "slopes that fit no channel",
      (x, y) => ops.prelu(x, y),
      ShapeError,
      /^prelu\(\) got a weight of shape \[4\] for \[2, 3\], expected \[1\] or \[3\], one a channel/,
    ],
    [
      "no bound",
      (x) => ops.clamp(x),
      ArgumentError,
      /^clamp\(\): min and max is null, expected a number for at least one of them/,
    ],
    [
      "bounds the wrong way round",
      () => new nn.Hardtanh(1, -1),
      ArgumentError,
      /^Hardtanh: maxVal is -1, expected a finite 32-bit number of at least 1/,
    ],
    [
      "another approximation",
      (x) => ops.gelu(x, { approximate: "sigmoid" as never }),
      ArgumentError,
      /^gelu\(\), approximate: there is no "sigmoid"/,
    ],
    [
      "a misspelt option",
      () => new nn.GELU({ aproximate: "tanh" } as never),
      ArgumentError,
      /^GELU: there is no option aproximate, did you mean approximate\?/,
    ],
    ["another norm", (x) => ops.norm(x, 3 as never), ArgumentError, /^norm\(\): p is 3, expected 1 or 2/],
  ];

for (const [what, call, type, pattern] of refusals) {
  Deno.test(`operations refuse ${what}`, () => {
    const graph = new Graph();
    const [x, y] = [graph.source("x", [2, 3], "input"), graph.source("y", [4], "parameter")];
    assert.throws(() => call(x, y), (error) => {
      assert.ok(error instanceof type, String(error));
      assert.match(error.message, pattern);
      return true;
    });
  });
}
