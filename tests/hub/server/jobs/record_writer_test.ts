import assert from "node:assert/strict";
import {
  ArgumentError,
  CircuitTooLargeError,
  EngineError,
  EnginePanicError,
  EngineTimeoutError,
  FormatError,
  ShapeError,
  ZkgradError,
} from "../../../../hub/ezkl/mod.ts";
import { NonFiniteError } from "../../../../core/base/errors.ts";
import { checkInput } from "../../../../hub/ezkl/guard/input.ts";
import { compileCircuit, decodeCircuit, genSettings, parseCalibrationJson } from "../../../../hub/mod.ts";
import { PrecisionError } from "../../../../hub/ezkl/numbers/exact.ts";
import { DamagedBlobError, DatabaseError, StorageError, StorageFullError } from "../../../../hub/server/errors.ts";
import {
  CompilerCrashError,
  CompilerFaultError,
  CompilerLimitError,
  receivedError,
  sentError,
} from "../../../../hub/server/jobs/compiler_errors.ts";
import { outlasting } from "../../../../hub/server/jobs/outages.ts";
import { LostJobError, RecordWriter } from "../../../../hub/server/jobs/record_writer.ts";
import { withoutValues } from "../../../../hub/server/jobs/discreet.ts";
import { UnsoundProofError } from "../../../../hub/server/jobs/proof_job.ts";
import { SrsUnavailableError } from "../../../../hub/server/jobs/reference_string.ts";
import { isRefusal, JobRefusal, sentenceOf } from "../../../../hub/server/jobs/refusals.ts";
import { TINY_ARGS, tinyOnnx } from "../../ezkl/tiny.ts";

interface Note {
  progress?: number;
  stage?: string;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("notes of progress are written at most twice a second, the latest counts, and what matters goes at once", async () => {
  const written: [number, Note][] = [];
  const begun = performance.now();
  const writer = new RecordWriter<Note>((patch) => {
    written.push([performance.now() - begun, patch]);
    return Promise.resolve(true);
  });
  for (let step = 1; step <= 60; step++) {
    writer.progress({ progress: step });
    await pause(20);
  }
  const notes = written.map(([, { progress }]) => progress!);
  assert.ok(notes.length >= 2 && notes.length <= 4, `${notes}`);
  for (let index = 1; index < written.length; index++) assert.ok(written[index][0] - written[index - 1][0] >= 490);
  writer.progress({ progress: 61 });
  await writer.write({ stage: "proof" });
  assert.deepEqual(written.at(-1)![1], { stage: "proof" });
  const count = written.length;
  await pause(600);
  assert.equal(written.length, count, "the note that waited was dropped");
  writer.progress({ progress: 1 });
  await writer.close();
  await pause(600);
  assert.equal(written.length, count);
});

Deno.test("a write that is refused ends the attempt, and nothing is written after it", async () => {
  let asked = 0;
  const writer = new RecordWriter<Note>(() => Promise.resolve(++asked < 2));
  await writer.write({ stage: "keys" });
  writer.progress({ progress: 0.5 });
  await pause(600);
  assert.ok(writer.lost.aborted);
  await assert.rejects(writer.write({ stage: "done" }), LostJobError);
  writer.progress({ progress: 0.6 });
  await pause(600);
  assert.equal(asked, 2);
});

Deno.test("an outage is waited for, and nothing else", async () => {
  const signal = new AbortController().signal;
  let tries = 0, told = 0;
  const flaky = () => ++tries < 3 ? Promise.reject(new DatabaseError("away")) : Promise.resolve("here");
  assert.equal(await outlasting({ seconds: 5, signal, onOutage: () => told++ }, flaky), "here");
  assert.deepEqual([tries, told], [3, 1]);
  tries = 0;
  await assert.rejects(
    outlasting({ seconds: 5, signal }, () => Promise.reject(new TypeError(`try ${++tries}`))),
    /try 1/,
  );
  const begun = performance.now();
  await assert.rejects(outlasting({ seconds: 0.6, signal }, () => Promise.reject(new StorageError("away"))), /away/);
  assert.ok(performance.now() - begun < 2000);
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await assert.rejects(
    outlasting({ seconds: 60, signal: stop.signal }, () => Promise.reject(new StorageError("away"))),
    /enough/,
  );
});

Deno.test("what no retry can mend is told from what one may", () => {
  const refusals = [
    new ArgumentError(""),
    new FormatError(""),
    new CircuitTooLargeError(""),
    new CompilerLimitError(""),
    new EngineError("genWitness: the engine refused the files"),
    new EnginePanicError("prove: the engine broke down"),
    new ShapeError(""),
    new NonFiniteError(""),
    new PrecisionError(""),
    new ZkgradError(""),
    new CompilerFaultError(""),
    new JobRefusal(""),
    // Out of the compiler's Worker.
    ...[
      new PrecisionError("x"),
      new NonFiniteError("x"),
      new ArgumentError("x"),
      new TypeError("x"),
      new RangeError("x"),
    ]
      .map((error) => receivedError(sentError(error))),
  ];
  const passing = [
    new EngineTimeoutError("prove: late"),
    new EngineError("Engine: it did not start"),
    new CompilerCrashError(""),
    new StorageError(""),
    new StorageFullError(""),
    new DatabaseError(""),
    new SrsUnavailableError(""),
    new UnsoundProofError(""),
    new DamagedBlobError("", "key"),
    new TypeError(""),
  ];
  assert.deepEqual(refusals.map(isRefusal), refusals.map(() => true));
  assert.deepEqual(passing.map(isRefusal), passing.map(() => false));
  assert.equal(sentenceOf(new FormatError("the file is cut")), "the file is cut");
  assert.match(sentenceOf(new TypeError("x is undefined")), /^something unexpected/);
});

Deno.test("no message shows a piece of an input, whatever is wrong with it", () => {
  const circuit = decodeCircuit(compileCircuit(tinyOnnx(), genSettings(tinyOnnx(), TINY_ARGS)));
  const inputs = [
    '{"input_data": [[0.7777, "0.7777, expected", 1]]}',
    '{"input_data": [[1, {"a": 0.7777}, 1]]}',
    '{"input_data": [[1, 777700000, 1]]}',
    '{"input_data": [[1, 0.7777e999, 1]]}',
    '{"input_data": [{"0.7777": [0.7777]}]}',
    '{"input_data": ["0.7777"]}',
    '{"input_data": [[1, [0.7777], 1]]}',
    '{"input_data": [[0.7777, 0.7777]]}',
    '{"input_data": 0.7777}',
    '{"input_data": [[0.7777, 0.7777',
    '{"input_data": [[0.7777, nonsense 0.7777]]}',
    "0.7777",
    '"0.7777"',
  ];
  const readers = [
    (text: string) => checkInput(text, circuit),
    (text: string) => parseCalibrationJson(text, 3, "the calibration input"),
  ];
  let shown = 0, told = 0;
  for (const text of inputs) {
    for (const read of readers) {
      try {
        read(text);
      } catch (error) {
        const { message } = error as Error;
        told++;
        if (/7777/.test(message)) shown++;
        assert.doesNotMatch(withoutValues(message), /7777/);
        assert.match(withoutValues(message), /input_data|JSON|calibration input/);
      }
    }
  }
  assert.ok(told >= 24 && shown >= 7, `${told} messages, ${shown} of which showed something`);
  const other = "node 3 (Gemm) is of the type INT8, expected floats";
  assert.equal(withoutValues(other), other);
});
