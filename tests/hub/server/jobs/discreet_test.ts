/** Nothing of a private input stands in plain anywhere, whatever goes wrong with it. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { Engine, genWitness, inputJson, witnessFromJson } from "../../../../hub/ezkl/mod.ts";
import { discreetly, withoutValues } from "../../../../hub/server/jobs/discreet.ts";
import { Worker } from "../../../../hub/server/jobs/worker.ts";
import { tinyOnnx, tinySigmoidOnnx } from "../../ezkl/tiny.ts";
import { TestHub } from "./test_hub.ts";

/** Sentences of the toolchain with values of an input in them, and what is left of each. */
const SENTENCES: [string, string][] = [
  [
    "prove(): the witness looks up values from -4711 to 8153, and the tables hold -128 to 127 (lookupRange -128 to 127 " +
    "at logrows 9): node 4 (sigmoid_2) is given -4711 to 8153; the proof would be made",
    "prove(): the witness looks up values from … to …, and the tables hold -128 to 127 (lookupRange -128 to 127 at " +
    "logrows 9): node 4 (sigmoid_2) is given … to …; the proof would be made",
  ],
  [
    "prove(): element 2 of output 0 is 21888242871 in the witness, and the circuit gives -5 for its inputs",
    "prove(): element 2 of output 0 is … in the witness, and the circuit gives … for its inputs",
  ],
  [
    "calibrateNative(): none of 9 combinations of scales works: a value of 40961 does not fit 2 digits of base 128, which " +
    "hold 16383; take smaller scales",
    "calibrateNative(): none of 9 combinations of scales works: a value of … does not fit 2 digits of base 128, which " +
    "hold 16383; take smaller scales",
  ],
  [
    "a table from -3 to 90001 and range checks of 77 are beyond what EZKL makes; take smaller scales",
    "a table from … to … and range checks of … are beyond what EZKL makes; take smaller scales",
  ],
  [
    "its tables of 123456 rows take more than 12 columns of 2^16 rows",
    "its tables of … rows take more than 12 columns of 2^16 rows",
  ],
  [
    "node 3 (gemm_0) may reach 1.25e+17, and whole numbers are simulated exactly to 2^53 only",
    "node 3 (gemm_0) may reach …, and whole numbers are simulated exactly to 2^53 only",
  ],
  [
    "quantizeInput: element 5 is -3.25e8, which at scale 7 passes 2^53",
    "quantizeInput: element 5 is …, which at scale 7 passes 2^53",
  ],
  [
    "quantizeInput: element 5 is NaN, expected a finite number",
    "quantizeInput: element 5 is …, expected a finite number",
  ],
  [
    "quantize(): .5 at scale 140 is beyond the 128 bits that a circuit's numbers have",
    "quantize(): … at scale 140 is beyond the 128 bits that a circuit's numbers have",
  ],
  [
    'element 1 of input_data[0] in input.json is the text "my 7 secrets", expected a number, or a field element in 64 ' +
    "hexadecimal digits",
    "element 1 of input_data[0] in input.json is something else, expected a number, or a field element in 64 " +
    "hexadecimal digits",
  ],
  [
    `genWitness: the engine refused, saying "no 0x2a in ${
      "ab".repeat(32)
    }, -17n or 0.25"; probably an input is too large`,
    'genWitness: the engine refused, saying "no … in …, … or …"; probably an input is too large',
  ],
  // What a sentence that nobody knows yet may say.
  ["pixel 17 was 0.3333 where 0 or 1 was wanted", "pixel … was … where … or … was wanted"],
];

/** Sentences that say nothing of an input, and stay. */
const PLAIN = [
  "input_data[0] in input.json has 2 elements, expected 3 for the shape [1, 3]",
  "element 2 of input_data[1] in input.json is a list, expected one flat list of 6 numbers; put the rows of [2, 3] one " +
  "after another",
  "the circuit has 300000000 cells, and no key holds more than 16777216",
  "the circuit has 2^23 rows, and the engine's memory holds at most 2^20; take fewer logrows",
  "the run arguments ask for inputScale -20, and the target fidelity chooses it; leave it at EZKL's 7, and begin",
  'input.json has no list of lists under "input_data", as in {"input_data": [[0.5, 1.0]]}',
  "the target fidelity compares the circuit with the network on 16 samples or more, but the calibration input has 3; " +
  "send more samples as calibrationInput, a few hundred are good",
  "calibrateSettings(): none of 16 circuits stays within 0.2 % of the float network's accuracy: the best has 91.5 %",
  "conv2d_1 of float32 values, expected [1, 3]",
];

Deno.test("withoutValues() leaves places, counts, shapes and settings, and no other number", () => {
  for (const [sentence, left] of SENTENCES) assert.equal(withoutValues(sentence), left);
  for (const sentence of PLAIN) assert.equal(withoutValues(sentence), sentence);
});

Deno.test("discreetly() keeps an error's class, and no value in its message, its stack or its cause", async () => {
  const cause = new SyntaxError("0.7777");
  const error = await discreetly(() => {
    throw new ArgumentError("the value 0.7777 is odd", { cause });
  }).catch((error) => error);
  assert.ok(error instanceof ArgumentError);
  assert.equal(error.message, "the value … is odd");
  assert.match(error.stack!, /ArgumentError: the value … is odd\n\s+at .*discreet_test/);
  assert.doesNotMatch(Deno.inspect(error), /7777/);
  const over = new DOMException("the job was cancelled", "AbortError");
  assert.equal(await discreetly(() => Promise.reject(over)).catch((error) => error), over);
});

Deno.test("a refused input and refused samples leave no value in the database, the files or the log", async (t) => {
  await using hub = await TestHub.open();
  const { queue } = hub.services;
  const worker = new Worker(hub.services);
  await worker.start();

  await t.step("an input whose activations leave the tables", async () => {
    const samples = [Float32Array.of(1, 0, -1), Float32Array.of(0.5, 0.25, -0.75)];
    const id = await hub.deploy({ onnx: tinySigmoidOnnx(), samples });
    await queue.enqueue({ kind: "artifact", id }, 1);
    const artifact = await hub.until(() => hub.artifact(id), undefined, 300);
    assert.equal(artifact.status, "SUCCESS", artifact.errors.join());
    const sample = Float32Array.of(61.8125, -27.4375, 33.5625);
    const compiled = await hub.services.blobs.read(artifact.files["network.compiled"]);
    await using engine = new Engine({ threads: 1 });
    const witness = witnessFromJson(
      new TextDecoder().decode(await genWitness(compiled, inputJson(sample), { engine })),
    );
    const values = [witness.minLookupInputs, witness.maxLookupInputs].map((value) => String(value).replace("-", ""));
    assert.ok(values.some((value) => value.length > 2), `${values} say too little to look for`);

    const proof = await hub.ask(id, sample);
    await queue.enqueue({ kind: "proof", id: proof }, 1);
    const { status, errors, attempt } = await hub.until(() => hub.proof(proof), undefined, 300);
    assert.deepEqual([status, attempt], ["FAILED", 1]);
    assert.match(errors.join(), /the witness looks up values from … to …, and the tables hold -?\d+ to \d+/);
    const told = [...errors, ...hub.lines].join("\n");
    for (const value of values.filter((value) => value.length > 2)) {
      assert.doesNotMatch(told, new RegExp(`(?<![\\d.])${value}(?![\\d.])`));
    }
    const { minLookupInputs: least, maxLookupInputs: most } = witness;
    assert.deepEqual(await hub.filesWith([`from ${least} to`, `to ${most}`, "61.8125"]), []);
  });

  await t.step("samples that no circuit holds, in the verdict and in the report", async () => {
    const samples = [Float32Array.of(70031.25, 0, -1), Float32Array.of(0.5, 65537.5, -0.75)];
    const id = await hub.deploy({ onnx: tinyOnnx(), samples });
    await queue.enqueue({ kind: "artifact", id }, 1);
    const { status, errors, report, attempt } = await hub.until(() => hub.artifact(id), undefined, 300);
    assert.deepEqual([status, attempt], ["FAILED", 1]);
    assert.match(errors.join(), /a value of … does not fit 3 digits of base 64, which hold 262143/);
    assert.doesNotMatch(`${errors} ${report} ${hub.lines.join()}`, /a value of \d/);
    assert.deepEqual(await hub.filesWith(["a value of 1", "70031", "65537", "1120500"]), []);
  });

  await worker.stop(0);
});
