/** An option that nobody reads is refused, with the name that was probably meant. */
import assert from "node:assert/strict";
import { Adam, avgPool2d, DataLoader, GpuDevice, nn, SGD, TensorDataset, trace } from "../../mod.ts";
import { inFolder } from "../folder.ts";
import { smallData } from "../core/small.ts";
import { makeCalls } from "./calls.ts";

/** Takes any arguments, as JavaScript does. */
// deno-lint-ignore no-explicit-any
type Free = any;

function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What a call says to options that it does not know. */
async function answer(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    assert.equal((error as Error).name, "ArgumentError", String(error));
    return (error as Error).message;
  }
  return "accepted";
}

Deno.test("every function and class with options refuses one that it does not know, and finds names in snake_case", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    let functions = 0;
    for (const [name, { call, args, whole }] of Object.entries(await makeCalls(device, folder))) {
      const place = args.findIndex((arg, index) => isOptions(arg) && !whole?.includes(index));
      if (place < 0) continue;
      functions++;
      const options = args[place] as Record<string, unknown>;
      const with_ = (changed: Record<string, unknown>) => () =>
        call(...args.map((arg, k) => k === place ? changed : arg));
      const said = await answer(with_({ ...options, nonsense: 1 }));
      const [, known] = said.match(/there is no option nonsense; it takes (.*)$/) ?? [];
      assert.ok(known !== undefined, `${name}: ${said}`);
      // The table has all of them, so that what it proves of options it proves of all.
      assert.deepEqual(known.split(", ").sort(), Object.keys(options).sort(), name);
      for (const option of Object.keys(options)) {
        const snake = option.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        if (snake === option) continue;
        const { [option]: value, ...others } = options;
        const meant = await answer(with_({ ...others, [snake]: value }));
        assert.match(meant, new RegExp(`there is no option ${snake}, did you mean ${option}\\?`), name);
      }
    }
    assert.ok(functions >= 25, `${functions}`);
  }));

Deno.test("arguments that nobody reads are refused", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    for (const [name, { call, args, loose }] of Object.entries(await makeCalls(device, folder))) {
      if (loose || name === "Sequential") continue;
      const said = await answer(() => call(...args, 7, 8));
      assert.match(
        said,
        /takes (no arguments|one argument|\d arguments|what follows|its arguments)/,
        `${name}: ${said}`,
      );
    }
  }));

function says(make: () => unknown, message: string): void {
  assert.throws(make, { name: "ArgumentError", message });
}

Deno.test("what PyTorch takes by position is written out as options", () => {
  const { Conv2d, MaxPool2d, AvgPool2d, Linear, ReLU, CrossEntropyLoss } = nn as Free;
  says(
    () => new Conv2d(1, 2, 3, 2, 1),
    "Conv2d takes what follows its first arguments as an object of options ({ stride, padding, dilation, groups, bias }) " +
      "and was given 2, 1; write new Conv2d(1, 2, 3, { stride: 2, padding: 1 })",
  );
  says(
    () => new MaxPool2d(3, 1),
    "MaxPool2d takes what follows its first arguments as an object of options ({ stride, padding, dilation, ceilMode }) and was given 1; " +
      "write new MaxPool2d(3, { stride: 1 })",
  );
  says(
    () => new AvgPool2d(2, 2, 0, true, false, 3),
    "AvgPool2d takes what follows its first arguments as an object of options ({ stride, padding, ceilMode, countIncludePad }) " +
      "and was given 2, 0, true, false, 3; write new AvgPool2d(2, { stride: 2, padding: 0, ceilMode: true, " +
      "countIncludePad: false }), there is no option divisorOverride",
  );
  says(
    () => new Linear(2, 3, false),
    "Linear takes what follows its first arguments as an object of options ({ bias }) and was given false; " +
      "write new Linear(2, 3, { bias: false })",
  );
  says(
    () => new (Adam as Free)(0.01),
    "Adam takes its arguments as an object of options ({ lr, betas, eps, weightDecay }) and was given 0.01; " +
      "write new Adam({ lr: 0.01 })",
  );
  says(
    () => new (DataLoader as Free)(smallData(4), 4, true),
    "DataLoader takes what follows its first arguments as an object of options " +
      "({ batchSize, shuffle, dropLast, generator, sampler }) and was given 4, true; " +
      "write new DataLoader(an object of TensorDataset, { batchSize: 4, shuffle: true })",
  );
  says(() => new ReLU(true), "ReLU takes no arguments, and was given 1: true");
  says(
    () => new CrossEntropyLoss({ reduction: "sum" }),
    "CrossEntropyLoss: there is no option reduction; it takes weight, ignoreIndex, labelSmoothing",
  );
  const { input } = trace(new nn.Flatten(), [1, 1, 4, 4]);
  says(
    () => (avgPool2d as Free)(input, 2, 1),
    "avgPool2d() takes what follows its first arguments as an object of options ({ stride, padding, ceilMode, countIncludePad }) and was given 1; " +
      "write avgPool2d(a tensor of [1, 1, 4, 4], 2, { stride: 1 })",
  );
});

Deno.test("values of another type or out of their range are refused by name", () => {
  const { Conv2d, MaxPool2d, Linear } = nn as Free;
  const pair = "or two of them: [rows, columns]";
  says(
    () => new Conv2d(1, 2, 3, { padding: [1, 0, 1, 0] }),
    `Conv2d: padding is [1, 0, 1, 0], expected a non-negative integer, ${pair}`,
  );
  says(() => new Conv2d(1, 2, "3"), `Conv2d: kernelSize is "3", expected a positive integer, ${pair}`);
  says(() => new Conv2d(1, 2, 3, { stride: 0.5 }), `Conv2d: stride is 0.5, expected a positive integer, ${pair}`);
  says(
    () => new Conv2d(1, 2, 3, { padding: "full" }),
    'Conv2d: padding is "full", expected "same", "valid" or how many zeros there are on every side',
  );
  says(() => new Conv2d(1, 2, 3, { bias: "false" }), 'Conv2d: bias is "false", expected true or false');
  says(() => new MaxPool2d(NaN), `MaxPool2d: kernelSize is NaN, expected a positive integer, ${pair}`);
  says(() => new Linear("2", 3), 'Linear: inFeatures is "2", expected a positive integer');
  says(() => new Adam({ lr: "0.1" } as Free), 'Adam: lr is "0.1", expected a finite 32-bit number of at least 0');
  says(() => new Adam({ lr: 1e39 }), "Adam: lr is 1e+39, expected a finite 32-bit number of at least 0");
  says(() => new Adam({ betas: [0.9] } as Free), "Adam: betas is [0.9], expected two numbers, such as [0.9, 0.999]");
  says(() => new Adam({ betas: [0.9, 1] }), "Adam: betas[1] is 1, expected a finite 32-bit number in [0, 1)");
  says(() => new Adam({ eps: 0 }), "Adam: eps is 0, expected a number greater than 0, such as 1e-8");
  says(() => new SGD({ momentum: 1 }), "SGD: momentum is 1, expected a finite 32-bit number in [0, 1)");
  const set = { inputs: [1, 2], shape: [1] };
  says(
    () => new TensorDataset({ ...set, labels: [0, 1] } as Free),
    "TensorDataset: there is no option labels; it takes inputs, shape, targets, targetShape, classes, transform",
  );
  says(
    () => new TensorDataset({ inputs: [1, 2], targets: [0, 1] } as Free),
    "TensorDataset: shape is undefined, expected positive integers, such as [1, 28, 28]",
  );
});
