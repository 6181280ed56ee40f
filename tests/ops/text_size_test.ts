/** No kernel's text grows with what the user chooses: a driver's compiler takes seconds over long ones. */
import assert from "node:assert/strict";
import type { Node } from "../../core/graph/graph.ts";
import { differentiate } from "../../core/graph/grad.ts";
import { type Module, trace } from "../../core/graph/module.ts";
import type { Profile } from "../../core/graph/op.ts";
import type { Shape } from "../../core/base/shape.ts";
import { nn } from "../../mod.ts";
import { kernelText } from "./kernel_text.ts";

const PROFILES: readonly Profile[] = [
  { kind: "cpu", unroll: true, workgroupMemory: 16384 },
  { kind: "gpu", unroll: false, workgroupMemory: 16384 },
];

/** What a kernel is once every call is written out: statements, and floats read from or written to storage. */
interface Size {
  readonly statements: number;
  readonly touched: number;
}

/** The size of `main` with all that it calls in its place, as a shader compiler has it. */
function writtenOut(wgsl: string): Size {
  const widths = new Map(
    [...wgsl.matchAll(/var<storage[^>]*>\s+(\w+):\s*array<(\w+)>/g)].map(([, name, type]) => [
      name,
      Number(/vec(\d)/.exec(type)?.[1] ?? 1),
    ]),
  );
  const functions = new Map<string, string>();
  for (const part of wgsl.split(/^(?=fn |@compute)/m)) {
    const name = /\bfn\s+(\w+)/.exec(part)?.[1];
    if (name !== undefined) functions.set(name, part.slice(part.indexOf("{")));
  }
  const known = new Map<string, Size>();
  const sizeOf = (name: string): Size => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const body = functions.get(name)!;
    let statements = body.split(";").length - 1;
    let touched = 0;
    for (const [, used] of body.matchAll(/\b(\w+)\[/g)) touched += widths.get(used) ?? 0;
    for (const [, called] of body.matchAll(/\b(\w+)\(/g)) {
      if (!functions.has(called)) continue;
      const inner = sizeOf(called);
      statements += inner.statements;
      touched += inner.touched;
    }
    known.set(name, { statements, touched });
    return { statements, touched };
  };
  return sizeOf("main");
}

/** The sizes of all kernels of a training step, each by itself. */
function sizesOf(model: Module, input: Shape, profile: Profile): Map<string, Size> {
  const { graph, output, parameters } = trace(model, input);
  const target = graph.source("target", [input[0]], "target", "u32");
  const [loss] = new nn.CrossEntropyLoss().apply(output, target);
  differentiate(loss, [...parameters.values()]);
  const kernels = graph.nodes.filter(({ op }) => op.kernel !== undefined);
  return new Map(kernels.map((node) => [node.name, writtenOut(textOf(node, profile))]));
}

function textOf(node: Node, profile: Profile): string {
  const wgsl = kernelText(node, profile, 64);
  assert.ok(wgsl.length < 40_000, `${node.name}: ${wgsl.length} characters`);
  return wgsl;
}

/** Floats of storage in a text: each is a loop of its own to llvmpipe, some hundred of them a second of compiling. */
const MOST_TOUCHED = 640;
/** Statements in a text, products for the most part, which compile fast. */
const MOST_STATEMENTS = 6500;

const BATCHES = [1, 3, 8, 64, 100, 250, 256, 1000, 1024, 4096, 8192, 50_000];

/** Layers of many sizes, each with an input of `batch` samples. */
function* networks(batch: number): Generator<readonly [Module, Shape]> {
  const { Sequential, Linear, Conv2d, Flatten, MaxPool2d, AvgPool2d } = nn;
  for (const inputs of [1, 20, 63, 784, 4096]) {
    for (const outputs of [2, 10, 120, 513]) yield [new Linear(inputs, outputs), [batch, inputs]];
  }
  for (const [channels, filters] of [[1, 6], [3, 32], [6, 16], [32, 64], [64, 96]]) {
    for (const size of [8, 12, 28, 32, 61]) {
      for (const kernel of [1, 3, 5, 8]) {
        for (const options of [{}, { padding: kernel >> 1 }, { padding: 1, stride: kernel }]) {
          const layer = new Conv2d(channels, filters, kernel, options);
          yield [new Sequential(layer, new Flatten()), [batch, channels, size, size]];
        }
      }
    }
  }
  for (const size of [2, 3, 32]) {
    for (const Pool of [MaxPool2d, AvgPool2d]) {
      yield [new Sequential(new Conv2d(2, 2, 1), new Pool(size, { stride: 2 }), new Flatten()), [batch, 2, 64, 64]];
    }
  }
}

for (const profile of PROFILES) {
  Deno.test(`no kernel of any layer at any batch size is long once written out (${profile.kind})`, () => {
    let kernels = 0;
    for (const batch of BATCHES) {
      // Convolutions know the batch as one constant: a few sizes tell as much as all.
      const all = batch === 8 || batch === 8192;
      for (const [model, input] of networks(batch)) {
        if (!all && input.length === 4) continue;
        for (const [name, { statements, touched }] of sizesOf(model, input, profile)) {
          const what = `${name} of [${input}] by ${model.namedParameters().map(([, { shape }]) => `[${shape}]`)[0]}`;
          assert.ok(touched <= MOST_TOUCHED, `${what} reads or writes ${touched} floats`);
          assert.ok(statements <= MOST_STATEMENTS, `${what} has ${statements} statements`);
          kernels++;
        }
      }
    }
    assert.ok(kernels > 2000, `${kernels} kernels`);
  });
}

Deno.test("a layer's kernels do not grow with the batch", () => {
  for (const profile of PROFILES) {
    const small = sizesOf(new nn.Linear(64, 24), [256, 64], profile);
    for (const batch of BATCHES.filter((batch) => batch > 256)) {
      for (const [name, { statements, touched }] of sizesOf(new nn.Linear(64, 24), [batch, 64], profile)) {
        assert.ok(statements <= 2 * small.get(name)!.statements, `${name} at ${batch}: ${statements} statements`);
        assert.ok(touched <= 2 * small.get(name)!.touched, `${name} at ${batch}: ${touched} floats`);
      }
    }
  }
});
