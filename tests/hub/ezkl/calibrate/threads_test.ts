/** Calibrations on several threads. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../../../core/base/errors.ts";
import { processors } from "../../../../core/base/host.ts";
import { made, working } from "../../../core/run/cpu/workers.ts";
import {
  calibrateFidelity,
  type FidelityOptions,
  type FidelityReport,
} from "../../../../hub/ezkl/calibrate/fidelity.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { threadsFor } from "../../../../hub/ezkl/calibrate/threads.ts";
import { WEIGHING_TEXT } from "../../../../hub/ezkl/calibrate/weighing_text.ts";
import { WeighingCrew } from "../../../../hub/ezkl/calibrate/weighing_crew.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { nn } from "../../../../mod.ts";
import { exportOnnx } from "../../../../onnx/mod.ts";
import { random } from "../../../onnx/lenet.ts";
import { PROGRAMS, workerText } from "../../halo2/prover/bundle_worker.ts";
import { MODELS, onnx } from "../compile/models.ts";

const large = exportOnnx(
  new nn.Sequential(
    new nn.Conv2d(1, 6, 5),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.Sigmoid(),
    new nn.Flatten(),
    new nn.Linear(1024, 10),
  ),
  [1, 28, 28],
);
const file = onnx(MODELS["two layers"]), next = random(8);
const samplesOf = (count: number) => ({
  inputs: [Float32Array.from({ length: count * 8 }, () => next() * 2 - 1)],
  count,
});
const test = samplesOf(777);
const options: FidelityOptions = {
  examination: { ...samplesOf(1500), labels: Array.from({ length: 1500 }, () => Math.floor(next() * 3)) },
  calibration: samplesOf(300),
  test,
  tolerance: 0.01,
  screening: 400,
  dropBits: [2, 3, 5],
};

/** The whole report and the circuit. */
function all(report: FidelityReport): unknown {
  return { report, compiled: compileCircuit(report.onnx, report.settings) };
}

const alone = await calibrateFidelity(file, { ...options, threads: 1 });

for (const threads of [2, 3]) {
  Deno.test(`calibrateFidelity() finds the same on ${threads} threads as on one, and leaves none`, async () => {
    made.length = 0;
    working.clear();
    const seen: [number, number][] = [];
    const found = await calibrateFidelity(file, {
      ...options,
      threads,
      onProgress: (done, total) => seen.push([done, total]),
    });
    assert.deepEqual(all(found), all(alone));
    assert.equal(made.length, threads);
    assert.equal(working.size, threads);
    assert.deepEqual(seen.slice(0, -1).map(([done]) => done), seen.slice(0, -1).map((_, at) => at + 1));
    assert.ok(seen.every(([done, total]) => done <= total) && seen.at(-1)![0] === seen.at(-1)![1]);
  });
}

Deno.test("what a thread had that is terminated is done by the others, and by the caller's own where none are left", async () => {
  for (const lost of [1, 2]) {
    made.length = 0;
    working.clear();
    const found = calibrateFidelity(file, { ...options, threads: 2 });
    while (working.size < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    made.slice(0, lost).forEach((thread) => thread.terminate());
    assert.deepEqual(all(await found), all(alone));
  }
});

Deno.test("a calibration on threads ends as soon as it is told to, in the middle of a circuit", async () => {
  const stop = new AbortController(), count = 1500;
  const examination = { inputs: [Float32Array.from({ length: count * 784 }, () => +(next() < 0.2))], count };
  made.length = 0;
  working.clear();
  const found = calibrateFidelity(large, { examination, threads: 2, signal: stop.signal });
  const seen = assert.rejects(found, /^Error: enough$/);
  while (working.size < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  let ended = 0;
  for (const thread of made) {
    const end = thread.terminate.bind(thread);
    thread.terminate = () => (ended++, end());
  }
  stop.abort(new Error("enough"));
  assert.equal(ended, 2, "no thread is waited for");
  await seen;
  await assert.rejects(calibrateFidelity(large, { examination, signal: AbortSignal.abort(new Error("before")) }), {
    message: "before",
  });
});

Deno.test("a calibration that is told to end before its threads are made makes none", async () => {
  const stop = new AbortController();
  made.length = 0;
  const found = calibrateFidelity(file, { ...options, threads: 2, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(found, /^Error: enough$/);
  assert.equal(made.length, 0);
});

Deno.test("what a calibration is told to end with is no circuit's fault, of whatever class it is", async () => {
  const one: FidelityOptions = { ...options, tolerance: 1, dropBits: [3], tableRows: [12], deadZones: [0] };
  const stop = new AbortController(), reason = new ZkgradError("enough");
  // By then the only circuit is run on all samples.
  const onProgress = () => void setTimeout(() => stop.abort(reason));
  const found = calibrateFidelity(file, { ...one, threads: 1, signal: stop.signal, onProgress });
  await assert.rejects(found, (error) => error === reason);
});

Deno.test("a piece that cannot be sent is refused, and the thread goes on with others", async () => {
  const float = new FloatNetwork(lowerOnnx(file)), batch = samplesOf(4);
  const study = { onnx: file, variables: [], calibration: batch, screening: batch, limits: {} };
  await using crew = await WeighingCrew.gather(study, float, 2, undefined);
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, at) =>
    crew.do("float", () => {
      if (at % 4 === 3) throw new RangeError("no room");
      return batch;
    })));
  assert.deepEqual(outcomes.map(({ status }) => status === "fulfilled"), [1, 1, 1, 0, 1, 1, 1, 0].map(Boolean));
});

Deno.test("a refusal is the same on threads, with its class", async () => {
  const fine: FidelityOptions = { ...options, tolerance: 0, dropBits: [2], tableRows: [8], deadZones: [0] };
  const refusal = async (threads: number) => {
    const error = await calibrateFidelity(file, { ...fine, threads }).then(() => null, (error) => error);
    return { name: error?.name, message: error?.message };
  };
  const own = await refusal(1);
  assert.equal(own.name, "ArgumentError");
  assert.deepEqual(await refusal(2), own);
  for (const threads of [0, 65, 1.5, NaN]) {
    await assert.rejects(calibrateFidelity(file, { ...options, threads }), /calibrateSettings\(\): threads is/);
  }
});

Deno.test("threads are made where the work is longer than that, and no more than have room", () => {
  const studyOf = (bytes: Uint8Array, count: number) => {
    const float = new FloatNetwork(lowerOnnx(bytes)), batch = { inputs: [], count };
    const study = { onnx: bytes, variables: [], calibration: batch, screening: batch, limits: {} };
    return threadsFor(float, study, count, undefined);
  };
  assert.equal(studyOf(file, 100), 1);
  assert.equal(studyOf(large, 1000), Math.min(processors(), 10));
  assert.equal(studyOf(large, 1e6), 1);
});

Deno.test("the text of a calibration's threads is that of its sources", async () => {
  assert.equal(WEIGHING_TEXT, await workerText(PROGRAMS.calibration), "run deno task threads");
});
