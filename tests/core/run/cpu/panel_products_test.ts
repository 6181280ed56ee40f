/** Products of large linear layers, whose weights are copied into panels, beside sums of doubles. */
import assert from "node:assert/strict";
import { Generator } from "../../../../core/base/random.ts";
import type { ProductsForm } from "../../../../core/graph/cpu_form.ts";
import { Graph } from "../../../../core/graph/graph.ts";
import { isPanelled, panelProducts } from "../../../../core/run/cpu/panel_products.ts";
import { type Item, KernelWriter, PARAMETERS, type Placement } from "../../../../core/run/cpu/writer.ts";
import { i32, setGlobal } from "../../../../core/wasm/code.ts";
import { ModuleBuilder } from "../../../../core/wasm/module.ts";

const LANES = 8;

/** Largest distance of the kernel's results from those of doubles, its parts taken `step` at a time. */
function distance(form: ProductsForm, blocks: number, biased: boolean, step: number): number {
  assert.ok(isPanelled(form, blocks));
  const { channels, results, resultStride, channelStride, rows = 1 } = form;
  const pages = { initial: 256, maximum: 256, shared: false };
  const graph = new Graph();
  const memory = new WebAssembly.Memory(pages);
  const places = new Map<Item, Placement>();
  let top = 64;
  const place = (name: string, layout: Item["layout"], floats: number): [Item, Float32Array] => {
    const many = layout === "plain" ? 1 : blocks;
    const item = { value: graph.source(name, [floats * many], "input"), layout, bytes: floats * 4, blocks: many };
    places.set(item, { kind: layout === "plain" ? "fixed" : "batch", offset: top, stride: item.bytes });
    const numbers = new Float32Array(memory.buffer, top, floats * many);
    top += Math.ceil(item.bytes * many / 64) * 64;
    return [item, numbers];
  };
  const [x, inputs] = place("x", "blocked", rows * channels * LANES);
  const [weight, weights] = place("weight", "plain", channels * results);
  const [bias, biases] = place("bias", "plain", results);
  const [out, outputs] = place("out", "blocked", rows * results * LANES);
  const random = new Generator(5);
  for (const numbers of [inputs, weights, biases]) random.fillUniform(numbers, -1, 1);
  outputs.fill(NaN);
  const kernel = panelProducts(form, { name: "", node: "" }, { x, weight, bias: biased ? bias : null, out });
  const module = new ModuleBuilder(pages);
  const [stepGlobal, scratchGlobal] = [module.global(), module.global()];
  const fields = { shareBlocks: blocks, stepGlobal, scratchGlobal, divided: false, places, constant: () => 0 };
  const f = module.function([...PARAMETERS], [], "run");
  f.body = kernel.emit(new KernelWriter(f, module, fields));
  module.function([], [], "aim").body = setGlobal(scratchGlobal, i32.const(top));
  assert.ok(top + kernel.scratch! <= memory.buffer.byteLength);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
  const { run, aim } = exports as Record<string, (...given: number[]) => void>;
  aim();
  for (let part = 0; part < kernel.parts; part += step) {
    run(0, 0, blocks, part, Math.min(kernel.parts, part + step), 0, 1);
  }
  let largest = 0;
  for (let at = 0; at < outputs.length; at++) {
    const [lane, element] = [at % LANES, Math.floor(at / LANES)];
    const [result, row] = [element % results, Math.floor(element / results)];
    let sum = biased ? biases[result] : 0;
    for (let c = 0; c < channels; c++) {
      sum += inputs[(row * channels + c) * LANES + lane] * weights[result * resultStride + c * channelStride];
    }
    // Not Math.max, which would be NaN's way out where nothing was written.
    if (!(Math.abs(outputs[at] - sum) <= largest)) largest = Math.abs(outputs[at] - sum);
  }
  return largest;
}

const one = { places: 1, size: 1, taps: 1, stride: 1, padding: 0 };

for (const [name, biased, rows, step] of [["forward", true, 1, 3], ["rows", false, 2, 100]] as const) {
  Deno.test(`weights in panels, ${name}: products are those of doubles`, () => {
    // Neither a whole number of turns nor of panels, and panels of two sizes.
    const [channels, results] = [611, 523];
    const form = { kind: "products", axes: [one, one], turned: false, channels, results, rows } as const;
    assert.ok(distance({ ...form, resultStride: channels, channelStride: 1 }, 5, biased, step) < 1e-4);
  });
}

Deno.test("weights in panels, back to the input: products are those of doubles", () => {
  const [channels, results] = [1030, 997];
  const form = { kind: "products", axes: [one, one], turned: true, channels, results } as const;
  assert.ok(distance({ ...form, resultStride: 1, channelStride: results }, 4, false, 1) < 1e-4);
});
