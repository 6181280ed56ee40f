import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { Module, Parameter, Sequential, type Tensor, trace } from "../../../core/graph/module.ts";
import { Generator, manualSeed } from "../../../core/base/random.ts";
import { Linear } from "../../../ops/linear.ts";
import { linear } from "../../../ops/linear.ts";
import { Sigmoid, sigmoid } from "../../../ops/sigmoid.ts";
import { smallModel, SmallNet } from "../small.ts";

class Nested extends Module {
  scale = new Parameter([4, 4], 0.5);
  blocks = [new Linear(4, 4), new Sigmoid(), new SmallBlock()];
  head = new Sequential(new Linear(4, 2, { bias: false }), new Sequential(new Sigmoid(), new Linear(2, 1)));
  notes = { text: "no module" };

  override forward(x: Tensor): Tensor {
    const scaled = linear(x, this.scale.in(x.graph), null);
    return this.head.forward(this.blocks.reduce((value, block) => block.forward(value), scaled));
  }
}

class SmallBlock extends Module {
  inner = new Linear(4, 4);

  override forward(x: Tensor): Tensor {
    return sigmoid(this.inner.forward(x));
  }
}

Deno.test("Module names its parameters as PyTorch does: nested, in arrays, in Sequential", () => {
  const model = new Nested();
  assert.deepEqual(model.namedParameters().map(([name, { shape }]) => `${name} ${shape}`), [
    "scale 4,4",
    "blocks.0.weight 4,4",
    "blocks.0.bias 4",
    "blocks.2.inner.weight 4,4",
    "blocks.2.inner.bias 4",
    "head.0.weight 2,4",
    "head.1.1.weight 1,2",
    "head.1.1.bias 1",
  ]);
  assert.equal(model.parameterCount(), 16 + 20 + 20 + 8 + 3);
  assert.deepEqual(
    model.namedModules().map(([path]) => path),
    ["", "blocks.0", "blocks.1", "blocks.2", "blocks.2.inner", "head", "head.0", "head.1", "head.1.0", "head.1.1"],
  );
});

Deno.test("Module keeps the arrays of a Sequential's own layers and of its subclass apart", () => {
  class More extends Sequential {
    extra = [new Linear(1, 1), new Linear(1, 1, { bias: false })];
  }
  const names = new More(new Linear(2, 2, { bias: false })).namedParameters().map(([name]) => name);
  assert.deepEqual(names, ["0.weight", "extra.0.weight", "extra.0.bias", "extra.1.weight"]);
});

Deno.test("Module counts a shared module or parameter once, and survives a circle", () => {
  class Shared extends Module {
    first = new Linear(3, 3);
    again = this.first;
    tied = this.first.weight;
    parent: Module = this;

    override forward(x: Tensor): Tensor {
      return this.again.forward(this.first.forward(x));
    }
  }
  const model = new Shared();
  const plain = Object.getPrototypeOf(model.first).forward;
  assert.deepEqual(model.namedParameters().map(([name]) => name), ["first.weight", "first.bias"]);
  assert.deepEqual(model.namedModules().map(([path]) => path), ["", "first"]);
  for (let k = 0; k < 2; k++) {
    const { graph } = trace(model, [2, 3]);
    assert.deepEqual(graph.nodes.map(({ name }) => name), ["first/Linear", "first/Linear_1"]);
    assert.equal(model.first.forward, plain);
    assert.ok(!Object.hasOwn(model.first, "forward"));
  }
});

Deno.test("trace() puts each module's name before its nodes and leaves forward() as it was", () => {
  const model = new Nested();
  const own = (x: Tensor): Tensor => sigmoid(x);
  model.blocks[1].forward = own; // a forward of the instance, not of the class
  const { graph, input, output, parameters } = trace(model, [7, 4]);
  assert.deepEqual(graph.nodes.map(({ name }) => name), [
    "Linear",
    "0/Linear",
    "1/Sigmoid",
    "2/inner/Linear",
    "2/Sigmoid",
    "head/0/Linear",
    "head/1/0/Sigmoid",
    "head/1/1/Linear",
  ]);
  assert.deepEqual(input.shape, [7, 4]);
  assert.deepEqual(output.shape, [7, 1]);
  assert.deepEqual([...parameters.keys()], model.namedParameters().map(([name]) => name));
  assert.equal(model.blocks[1].forward, own);
  for (const [path, child] of model.namedModules()) {
    assert.equal(Object.hasOwn(child, "forward"), child === model.blocks[1], path);
  }
});

Deno.test("trace() leaves forward() as it was even when it throws", () => {
  class Wrong extends SmallNet {
    override fc2 = new Linear(5, 3);
  }
  const model = new Wrong();
  assert.throws(() => trace(model, [2, 12]), (error: Error) => {
    assert.ok(error instanceof ShapeError);
    assert.match(error.message, /^fc2\/Linear: .*\[2, 8\].*\[3, 5\]/);
    return true;
  });
  for (const [path, child] of model.namedModules()) assert.ok(!Object.hasOwn(child, "forward"), path);
});

Deno.test("trace() refuses a forward() that returns something else, and a shape that is none", () => {
  const returning = (value: unknown): Module => {
    class Odd extends Module {
      override forward(): Tensor {
        return value as Tensor;
      }
    }
    return new Odd();
  };
  const elsewhere = trace(smallModel(), [2, 12]).output;
  for (const value of [undefined, null, 3, Promise.resolve(), new Float32Array(2), elsewhere]) {
    assert.throws(() => trace(returning(value), [1, 12]), {
      name: "ArgumentError",
      message: "Odd.forward() returned no tensor made from its input",
    });
  }
  for (const shape of [[], [0, 12], [2, 1.5], [2, NaN]]) {
    assert.throws(() => trace(smallModel(), shape), { name: "ShapeError", message: /is no input shape/ });
  }
});

Deno.test("trace() refuses a parameter that is no property, and values looked at in forward()", () => {
  const hidden = new Parameter([3, 12], 1);
  class Hidden extends SmallNet {
    override forward(x: Tensor): Tensor {
      return linear(x, hidden.in(x.graph), null);
    }
  }
  assert.throws(() => trace(new Hidden(), [1, 12]), (error: Error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(
      error.message,
      /parameter of shape \[3, 12\] is used in forward\(\) but is no property.*make them properties$/,
    );
    return true;
  });
  class Looking extends SmallNet {
    override forward(x: Tensor): Tensor {
      return (x as unknown as number) > 0 ? this.fc2.forward(x) : this.fc1.forward(x);
    }
  }
  assert.throws(() => trace(new Looking(), [1, 12]), { name: "ArgumentError", message: /without data/ });
});

Deno.test("Module.loadStateDict() takes over what stateDict() copied, or lists all that is wrong", () => {
  const [from, to] = [smallModel(1), smallModel(2)];
  const state = from.stateDict();
  assert.notDeepEqual(to.stateDict(), state);
  to.loadStateDict(state);
  assert.deepEqual(to.stateDict(), state);
  from.fc1.weight.data[0] = 9;
  assert.deepEqual(to.stateDict(), state, "copies, not views");
  const wrong = new Map(state);
  wrong.delete("fc1.bias");
  wrong.set("fc2.weight", { shape: [8, 3], data: new Float32Array(24) });
  wrong.set("fc2.bias", { shape: [3], data: new Float32Array(4) });
  wrong.set("fc3.weight", { shape: [1], data: new Float32Array(1) });
  assert.throws(() => to.loadStateDict(wrong), {
    name: "ArgumentError",
    message: "these are weights of another model: fc1.bias is missing; fc2.weight is [8, 3] and should be [3, 8]; " +
      "fc2.bias is [3] with 4 values and should be [3]; fc3.weight is unknown to this model",
  });
  assert.deepEqual(to.stateDict(), state);
});

Deno.test("Module.summary() is a table of the operations", () => {
  const model = new Sequential(new Linear(1000, 12), new Sigmoid(), new Linear(12, 3));
  assert.equal(
    model.summary([16, 1000]),
    [
      "layer      output    parameters",
      "-------------------------------",
      "0/Linear   [16, 12]      12,012",
      "1/Sigmoid  [16, 12]           -",
      "2/Linear   [16, 3]           39",
      "12,051 parameters",
    ].join("\n"),
  );
});

Deno.test("Parameter draws from the seeded generator, inside its bound, or copies what it is given", () => {
  assert.deepEqual(smallModel(3).stateDict(), smallModel(3).stateDict());
  assert.notDeepEqual(smallModel(3).stateDict(), smallModel(4).stateDict());
  const { data } = new Parameter([100, 5], 0.25, new Generator(1));
  assert.ok(data.every((value) => Math.abs(value) <= 0.25) && Math.max(...data) > 0.2 && Math.min(...data) < -0.2);
  manualSeed(1);
  const given = Float32Array.of(1, 2);
  const copy = Parameter.from([2], given);
  given[0] = 5;
  assert.deepEqual([...copy.data], [1, 2]);
  assert.ok(copy instanceof Parameter);
});
