import assert from "node:assert/strict";
import { accumulate } from "../../../core/graph/accumulate.ts";
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { fuse } from "../../../core/graph/fuse.ts";
import { Graph, needed } from "../../../core/graph/graph.ts";
import { flatten } from "../../../ops/flatten.ts";
import { linear } from "../../../ops/linear.ts";
import { sigmoid } from "../../../ops/sigmoid.ts";
import { tanh } from "../../../ops/tanh.ts";

function start(): { graph: Graph; x: ReturnType<Graph["source"]>; weight: ReturnType<Graph["source"]> } {
  const graph = new Graph();
  const x = graph.source("input_0", [4, 3, 2], "input");
  return { graph, x, weight: graph.source("fc.weight", [5, 6], "parameter") };
}

Deno.test("Graph lists its nodes with inputs, shapes and names", () => {
  const { graph, x, weight } = start();
  const y = graph.within("fc", () => linear(flatten(x), weight, null));
  sigmoid(y);
  assert.equal(
    graph.toString(),
    "%2 = Flatten(input_0)  [4, 6]  # fc/Flatten\n" +
      "%3 = Linear(%2, fc.weight)  [4, 5]  # fc/Linear\n" +
      "%4 = Sigmoid(%3)  [4, 5]  # Sigmoid",
  );
  assert.deepEqual(graph.values.map(({ role }) => role), ["input", "parameter", "node", "node", "node"]);
  assert.equal(graph.nodes[1].outputs[0], y);
  assert.equal(y.node, graph.nodes[1]);
  assert.ok(Object.isFrozen(y));
});

Deno.test("Graph gives every node a name of its own", () => {
  const { graph, x } = start();
  const names = graph.within("a", () => [tanh(x), tanh(x), graph.within("b", () => tanh(x))]).map(({ name }) => name);
  assert.deepEqual([...names, tanh(x).name], ["a/Tanh", "a/Tanh_1", "a/b/Tanh", "Tanh"]);
});

Deno.test("Graph leaves a scope behind even when the layer throws", () => {
  const { graph, x } = start();
  const other = graph.source("other", [2, 7], "parameter");
  assert.throws(() => graph.within("fc", () => linear(x, other, null)), (error: Error) => {
    assert.ok(error instanceof ShapeError);
    assert.ok(error.message.startsWith("fc/Linear: linear() got x [4, 3, 2]"), error.message);
    return true;
  });
  assert.equal(tanh(x).name, "Tanh");
  assert.equal(graph.nodes.length, 1);
});

Deno.test("Graph says why a tensor has no numbers that forward() could look at", () => {
  const { x } = start();
  const questions: (() => unknown)[] = [
    () => (x as unknown as number) > 0,
    () => (x as unknown as number) + 1,
    () => (x as unknown as { data: Float32Array }).data[0],
    () => (x as unknown as { item(): number }).item(),
  ];
  for (const ask of questions) {
    assert.throws(ask, (error: Error) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(
        error.message,
        /^forward\(\) asked a tensor for .* without data.* may depend on shapes, not on values$/,
      );
      return true;
    });
  }
  assert.equal(`${x}`, "input_0");
});

Deno.test("Graph refuses a tensor of another run", () => {
  const { graph, weight } = start();
  const other = new Graph().source("kept", [4, 6], "input");
  assert.throws(() => graph.apply(sigmoid(other).node!.op, [other], null), {
    name: "ArgumentError",
    message: "Sigmoid: input 0 is no tensor of this run of forward(); make it from forward()'s own input",
  });
  const op = sigmoid(weight).node!.op;
  assert.throws(() => graph.apply(op, [undefined as never], null), { name: "ArgumentError" });
});

Deno.test("fuse() lets an activation ride, and stores only what somebody reads", () => {
  const { graph, x, weight } = start();
  const y = linear(flatten(x), weight, null);
  const a = sigmoid(y);
  const b = tanh(a);
  const unused = tanh(y);
  assert.deepEqual(needed([b]).map(({ name }) => name), ["Flatten", "Linear", "Sigmoid", "Tanh"]);
  const describe = (wanted: Parameters<typeof fuse>[0], enabled = true) =>
    fuse(wanted, enabled).map(({ anchor, steps }) =>
      `${anchor.name}: ${steps.map(({ value, stored }) => `${value.name}${stored ? "!" : ""}`).join(" ")}`
    );
  assert.deepEqual(describe([b]), ["Linear: Linear Sigmoid Tanh!"]);
  assert.deepEqual(describe([b], false), ["Linear: Linear!", "Sigmoid: Sigmoid!", "Tanh: Tanh!"]);
  assert.deepEqual(describe([a, b]), ["Linear: Linear Sigmoid! Tanh!"]);
  assert.deepEqual(describe([unused, b]), ["Linear: Linear! Sigmoid Tanh!", "Tanh_1: Tanh_1!"]);
  const sum = accumulate(b, a);
  assert.deepEqual(describe([sum]), ["Linear: Linear Sigmoid! Tanh!", "Accumulate: Accumulate!"]);
  assert.equal(graph.nodes.length, 6);
});
