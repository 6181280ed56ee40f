/** Chains of what is worked out while a file is read, and what is not, because a file of a few bytes asks for it. */
import assert from "node:assert/strict";
import { DataType } from "../../onnx/enums.ts";
import type { NodeProto } from "../../onnx/proto.ts";
import type { ReadValue } from "../../onnx/read/graph.ts";
import { assertSame, both, float, numbers, read } from "./folding.ts";
import { rounded } from "../../onnx/read/arithmetic.ts";
import { random } from "./lenet.ts";
import { node, truth, wholes } from "./small.ts";
import { cpuTime } from "../cpu_time.ts";

/** A chain of arithmetic on the shape of a computed value, as exporters write them. */
function chain(next: () => number): NodeProto[] {
  const below = (limit: number) => Math.floor(next() * limit);
  const nodes = [node("Relu", ["x"], ["r"]), node("Shape", ["r"], ["v0"])];
  // Lists of whole numbers, with how many they hold; a scalar is told by -1.
  const values: [name: string, length: number][] = [["v0", 3], ["three", 3], ["ones", 3], ["two", 1], ["scalar", -1]];
  const any = (length: number | null) => {
    const fitting = values.filter(([, own]) => length === null || own === length);
    return fitting[below(fitting.length)];
  };
  const add = (made: NodeProto, length: number) => {
    nodes.push(made);
    values.push([made.output![0], length]);
  };
  for (let step = 1; step <= 9; step++) {
    const name = `v${step}`, [a, length] = any(null), [b] = any(length);
    const kind = below(9);
    if (kind < 3) {
      add(
        node(["Add", "Sub", "Mul", "Div", "Max", "Min"][below(6)], [a, kind === 0 ? "two" : b], [name]),
        length === -1 && kind === 0 ? 1 : length,
      );
    } else if (kind === 3 && length > 0) add(node("Gather", [a, "zero"], [name]), -1);
    else if (kind === 4 && length === -1) add(node("Unsqueeze", [a, "axis"], [name]), 1);
    else if (kind === 4 && length === 1) add(node("Squeeze", [a, "axis"], [name]), -1);
    else if (kind === 5 && length > 0 && length < 9) {
      add(node("Concat", [a, any(3)[0]], [name], { axis: 0 }), length + 3);
    } else if (kind === 6 && length > 1) add(node("Slice", [a, "axis", "two"], [name]), 2);
    else if (kind === 7 && length > 0) add(node("ReduceProd", [a], [name], { keepdims: 1 }), 1);
    else {
      const [less, cast, back] = [`${name}l`, `${name}c`, `${name}b`];
      nodes.push(
        node("Less", [a, b], [less]),
        node("Cast", [b], [cast], { to: 1 }),
        node("Cast", [cast], [back], { to: 7 }),
      );
      add(node("Where", [less, a, back], [name]), length);
    }
  }
  return [...nodes, node("Identity", [values.at(-1)![0]], ["y"])];
}

Deno.test("200 chains of arithmetic on shapes come out as in ONNX Runtime", async () => {
  const next = random(4711);
  const weights = [
    wholes("three", [5, -2, 3]),
    wholes("ones", [1, 1, 1]),
    wholes("two", [2]),
    wholes("axis", [0]),
    numbers("scalar", "INT64", [], [7]),
    numbers("zero", "INT64", [], [0]),
  ];
  const seen = new Set<string>();
  let compared = 0;
  for (let index = 0; index < 200; index++) {
    const nodes = chain(next);
    // Both refuse a division by 0, so such a chain says nothing.
    const result = await both(nodes, weights).catch((error) => {
      assert.match(String(error), /divides a whole number by 0|integer divide by zero|unreachable/i, String(error));
      return null;
    });
    if (result === null) continue;
    assertSame(result, JSON.stringify(nodes));
    compared++;
    for (const { opType = "" } of nodes) seen.add(opType);
  }
  assert.ok(compared >= 150 && seen.size >= 14, `${compared}: ${[...seen].join()}`);
});

Deno.test("what a file of a few bytes asks for in elements is not worked out", () => {
  const shape = wholes("s", [2 ** 15, 2 ** 15]);
  for (
    const [what, nodes] of [
      ["a constant", [node("ConstantOfShape", ["s"], ["y"])]],
      ["an expansion", [node("Expand", ["one", "s"], ["y"])]],
      ["repetitions", [node("Tile", ["square", "s"], ["y"])]],
      ["a range", [node("Range", ["zero", "much", "unit"], ["y"])]],
      ["one expansion after the other", [
        node("Expand", ["one", "few"], ["a"]),
        ...Array.from(
          { length: 40 },
          (_, k) => node("Concat", [k === 0 ? "a" : `c${k - 1}`, k === 0 ? "a" : `c${k - 1}`], [`c${k}`], { axis: 0 }),
        ),
        node("Identity", ["c39"], ["y"]),
      ]],
    ] as const
  ) {
    const weights = [
      shape,
      float("one", [1], [1]),
      float("square", [1, 1], [1]),
      wholes("few", [1024]),
      numbers("zero", "INT64", [], [0]),
      numbers("much", "INT64", [], [2 ** 40]),
      numbers("unit", "INT64", [], [1]),
    ];
    const start = cpuTime();
    const graph = read(nodes, { weights });
    assert.ok(cpuTime(start) < 1000, what);
    assert.ok(graph.outputs[0].value.constant === null, what);
    assert.ok(graph.nodes.length > 0, what);
  }
});

Deno.test("a weight that is turned or cast keeps no share of what a file may ask for", () => {
  const weight = float("w", [1024, 1024], Array.from({ length: 2 ** 20 }, (_, i) => i % 64));
  const nodes = Array.from(
    { length: 6 },
    (_, k) => node("Transpose", [k === 0 ? "w" : `t${k - 1}`], [k === 5 ? "y" : `t${k}`]),
  );
  const { value }: { value: ReadValue } = read(nodes, { weights: [weight] }).outputs[0];
  assert.ok(value.constant !== null);
  assert.deepEqual(value.constant.read().data.slice(0, 4), Float32Array.of(0, 1, 2, 3));
});

Deno.test("types that have no arithmetic here are left as they are", () => {
  const nodes = [
    node("Add", ["t", "t"], ["s"]),
    node("Cast", ["b"], ["c"], { to: DataType.STRING }),
    node("Add", ["x", "c"], ["y"]),
  ];
  const graph = read(nodes, {
    weights: [
      { name: "t", dims: [1], dataType: DataType.STRING, stringData: [new Uint8Array([65])] },
      truth("b", true),
    ],
  });
  assert.deepEqual(graph.nodes.map(({ opType }) => opType), ["Cast", "Add"]);
});

Deno.test("floats of 16 bits are rounded to the nearest one, and of two to the even one", () => {
  const halves = Float64Array.from({ length: 0x7c00 }, (_, bits) => new Float16Array(Uint16Array.of(bits).buffer)[0]);
  for (let i = 1; i < halves.length; i++) {
    const [low, high] = [halves[i - 1], halves[i]], middle = (low + high) / 2;
    assert.equal(rounded(high, 10, -14), high);
    assert.equal(rounded(-middle, 10, -14), -(i % 2 === 0 ? high : low));
    assert.equal(rounded(middle * (1 + 2 ** -40), 10, -14), high);
  }
  const next = random(3);
  for (let i = 0; i < 10_000; i++) {
    const value = (next() - 0.5) * 2 ** Math.floor(next() * 44 - 26);
    assert.equal(rounded(value, 10, -14), Float16Array.of(value)[0]);
  }
  assert.deepEqual([65519, 65520, -1e9, 0, -0, Infinity].map((value) => rounded(value, 10, -14)), [
    ...[65504, Infinity, -Infinity, 0, -0, Infinity],
  ]);
  assert.ok(Number.isNaN(rounded(NaN, 7, -126)));
  // 1 + 3 / 256 lies between 1 + 1 / 128 and 1 + 2 / 128.
  assert.deepEqual([1 + 3 / 256, 1 + 1 / 256, 3.4e38, 1e-40].map((value) => rounded(value, 7, -126)), [
    ...[1 + 2 / 128, 1, Infinity, Math.round(1e-40 / 2 ** -133) * 2 ** -133],
  ]);
});
