/** Modules put together the wrong way, and names that collide. */
import assert from "node:assert/strict";
import { Module, nn, Parameter, Sequential, type Tensor, trace } from "../../../mod.ts";
import { SmallNet } from "../small.ts";

/** Takes anything, as JavaScript does. */
// deno-lint-ignore no-explicit-any
type Free = any;

function refuses(body: () => unknown, message: string | RegExp): void {
  assert.throws(body, { name: "ArgumentError", message });
}

Deno.test("Sequential says what to write for an array, a function and a class", () => {
  const [a, b] = [new nn.Linear(2, 3), new nn.ReLU()];
  const Free = Sequential as Free;
  refuses(
    () => new Free([a, b]),
    "Sequential: layer 0 is an array, expected a Module; give the layers one by one, as in (...layers)",
  );
  refuses(
    () => new Free(a, nn.ReLU),
    "Sequential: layer 1 is the class or function ReLU, expected a Module; write new ReLU()",
  );
  refuses(
    () => new Free(a, (x: Tensor) => x),
    /layer 1 is a function, expected a Module; a function becomes one in a class/,
  );
  refuses(() => new Free(a, undefined), "Sequential: layer 1 is undefined, expected a Module");
  assert.equal(new Sequential(...[a, b]).layers.length, 2);
});

Deno.test("forward() of several inputs wants a shape for each", () => {
  class Add extends Module {
    readonly scale = new nn.Linear(4, 4);
    override forward(x: Tensor, skip?: Tensor): Tensor;
    override forward(x: Tensor, skip: Tensor): Tensor {
      assert.notEqual(x, skip);
      return this.scale.forward(skip);
    }
  }
  class Residual extends Module {
    readonly first = new nn.Linear(4, 4);
    readonly add = new Add();
    override forward(x: Tensor): Tensor {
      return this.add.forward(this.first.forward(x), x);
    }
  }
  refuses(
    () => trace(new Add(), [1, 4]),
    "Add.forward() takes 2 inputs, and there is one; give the shape of each, as a list, or make the data set with " +
      "{ inputs: [...], shape: [[...], ...] }",
  );
  assert.deepEqual(trace(new Add(), [[1, 4], [1, 4]]).inputs.map(({ name }) => name), ["input_0", "input_1"]);
  const { output, parameters } = trace(new Residual(), [1, 4]);
  assert.equal(output.node!.name, "add/scale/Linear");
  assert.equal(output.node!.inputs[0].name, "input_0");
  assert.equal(parameters.size, 4);
});

Deno.test("numbers given to a layer are told where numbers go", () => {
  for (const layer of [new nn.Linear(2, 3), new nn.ReLU(), new SmallNet(), new Sequential(new nn.Flatten())]) {
    refuses(
      () => layer.forward(Float32Array.of(1, 2) as Free),
      /the input is an object of Float32Array, expected a tensor of a running forward\(\).*Trainer\.predict\(\)/,
    );
  }
});

Deno.test("two parameters of one name are found when the names are asked for", () => {
  class Twice extends Module {
    readonly a = new nn.Linear(2, 2);
    override forward(x: Tensor): Tensor {
      return this.a.forward(x);
    }
  }
  const model = new Twice();
  Object.assign(model, { "a.weight": new Parameter([2, 2], 1) });
  const message = /^two parameters of the model have the name a\.weight, one by a property whose own name has a dot/;
  refuses(() => model.namedParameters(), message);
  refuses(() => model.stateDict(), message);
  refuses(() => trace(model, [1, 2]), message);
  class Numbered extends Sequential {
    readonly 0 = new nn.Linear(2, 2);
  }
  refuses(() => new Numbered(new nn.Linear(2, 2)).parameterCount(), /have the name 0\.weight/);
});

Deno.test("Module.loadStateDict() says how an object becomes a map, and names a value that is no tensor", () => {
  const model = new SmallNet();
  const state = model.stateDict();
  refuses(
    () => model.loadStateDict(Object.fromEntries(state) as Free),
    /^loadStateDict\(\): the state is an object, expected a Map .*new Map\(Object\.entries\(state\)\)$/,
  );
  const bad = new Map<string, Free>(state);
  bad.set("fc1.bias", [1, 2]);
  refuses(() => model.loadStateDict(bad), /the shape of fc1\.bias is undefined, expected a list of sizes/);
  bad.set("fc1.bias", { shape: [8], data: [1, 2, 3, 4, 5, 6, 7, 8] });
  refuses(() => model.loadStateDict(bad), /the data of fc1\.bias is .*, expected a typed array of numbers/);
  assert.deepEqual(model.stateDict(), state);
});
