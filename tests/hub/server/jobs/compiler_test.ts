import assert from "node:assert/strict";
import { settingsFromJson } from "../../../../hub/mod.ts";
import { Compiler } from "../../../../hub/server/jobs/compiler.ts";
import type { CalibrateRequest } from "../../../../hub/server/jobs/compiler_messages.ts";
import { OnnxWriter } from "../../ezkl/proving/onnx_writer.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { TINY_RUN_ARGS } from "./test_hub.ts";

function request(onnx: Uint8Array, elements: number, target = "resources"): CalibrateRequest {
  const data = JSON.stringify({ input_data: [Array.from({ length: elements }, (_, index) => index % 7 / 7)] });
  const runArgs = target === "fidelity" ? '{"paramVisibility": "fixed"}' : TINY_RUN_ARGS;
  return { onnx, data: new TextEncoder().encode(data), target, tolerance: 0.01, runArgs };
}

function failing(name: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, name, error.message);
    assert.match(error.message, message);
    return true;
  };
}

Deno.test("the compiler gives a circuit, its price and how it was chosen, and tells how far it is", async () => {
  await using compiler = new Compiler();
  const shares: number[] = [];
  const calibrated = await compiler.call("calibrate", request(tinyOnnx(), 6), {
    onProgress: (done) => shares.push(done),
  });
  assert.deepEqual(shares, [0, 0.5]);
  const settings = settingsFromJson(new TextDecoder().decode(calibrated.settings));
  assert.equal(settings.runArgs.inputScale, 4);
  assert.equal(calibrated.onnx, null);
  assert.equal(calibrated.price.logrows, settings.runArgs.logrows);
  const again = await compiler.call("compile", { onnx: tinyOnnx(), settings: calibrated.settings });
  assert.deepEqual(again, { compiled: calibrated.compiled, price: calibrated.price });
  const { srs } = await compiler.call("srs", { logrows: 6 });
  assert.equal(srs.length, 260 + 128 * 2 ** 6);
});

/** Models of a few bytes that declare more than a machine has. */
const bombs: Record<string, (writer: OnnxWriter) => [elements: number, onnx: Uint8Array]> = {
  "an input of 2^62 elements": (writer) => {
    const x = writer.input(1, 2 ** 31, 2 ** 31);
    return [3, writer.finish([writer.node("Relu", [x]), 3])];
  },
  "padding to 900 million elements": (writer) => {
    const x = writer.input(1, 1, 2, 2);
    return [4, writer.finish([writer.node("Pad", [x, writer.whole([0, 0, 0, 0, 0, 0, 30000, 30000])]), 4])];
  },
  "an outer product": (writer) => {
    const x = writer.input(20_000, 1);
    return [20_000, writer.finish([writer.node("MatMul", [x, writer.weight([1, 20_000])]), 2])];
  },
  "forty doublings": (writer) => {
    let x = writer.input(1, 2);
    for (let step = 0; step < 40; step++) {
      const column = writer.node("Reshape", [x, writer.whole([1, -1, 1])]);
      x = writer.node("Reshape", [writer.node("Add", [column, writer.weight([1, 1, 2])]), writer.whole([1, -1])]);
    }
    return [2, writer.finish([x, 2])];
  },
  "fifty thousand nodes": (writer) => {
    let x = writer.input(1, 2);
    for (let step = 0; step < 50_000; step++) x = writer.node("Relu", [x]);
    return [2, writer.finish([x, 2])];
  },
};

Deno.test("models that declare more than any machine has are refused before anything is computed", async (t) => {
  await using compiler = new Compiler();
  for (const target of ["resources", "fidelity"]) {
    for (const [name, write] of Object.entries(bombs)) {
      await t.step(`${name}, ${target}`, async () => {
        const [elements, onnx] = write(new OnnxWriter(1));
        const before = Deno.memoryUsage().rss;
        await assert.rejects(
          compiler.call("calibrate", request(onnx, elements, target)),
          failing(
            "CompilerLimitError",
            /the model (is too large at .* shape \[|has 50001 nodes).*deploy a smaller model/s,
          ),
        );
        assert.ok(Deno.memoryUsage().rss - before < 400e6);
      });
    }
  }
  const { settings } = await compiler.call("calibrate", request(tinyOnnx(), 3));
  const [, onnx] = bombs["an outer product"](new OnnxWriter(1));
  await assert.rejects(compiler.call("compile", { onnx, settings }), failing("CompilerLimitError", /too large/));
});

Deno.test("a call ends at its limits of time and memory, and the next one is served", async () => {
  await using hasty = new Compiler({ seconds: 0.3 });
  await assert.rejects(
    hasty.call("srs", { logrows: 16 }),
    failing("CompilerLimitError", /reference string was not done within 0\.3 s/),
  );
  await using frugal = new Compiler({ bytes: 2 ** 23 });
  await assert.rejects(
    frugal.call("srs", { logrows: 20 }),
    failing("CompilerLimitError", /more than the 0\.0 GiB of memory/),
  );
  await using compiler = new Compiler();
  const stop = new AbortController();
  const long = compiler.call("srs", { logrows: 18 }, { signal: stop.signal });
  const next = compiler.call("srs", { logrows: 3 });
  setTimeout(() => stop.abort(new Error("enough")), 300);
  await assert.rejects(long, /enough/);
  assert.equal((await next).srs.length, 260 + 128 * 2 ** 3);
});

Deno.test("what no compiler throws on purpose is a crash with a name, and does not stop the next call", async () => {
  await using compiler = new Compiler();
  const broken = { ...request(tinyOnnx(), 3), onnx: null as unknown as Uint8Array };
  await assert.rejects(compiler.call("calibrate", broken), failing("CompilerFaultError", /TypeError/));
  assert.ok((await compiler.call("calibrate", request(tinyOnnx(), 3))).compiled.length > 0);
  const long = compiler.call("srs", { logrows: 18 });
  await compiler[Symbol.asyncDispose]();
  await assert.rejects(long, failing("CompilerCrashError", /stopped/));
});
