/** The command `zkgrad`: on a network of one's own, in a folder that is empty but for it. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { manualSeed } from "../../../core/base/random.ts";
import { Sequential } from "../../../core/graph/module.ts";
import { run } from "../../../hub/cli/command/program.ts";
import { exportOnnx } from "../../../onnx/model.ts";
import { decodeModel, encodeModel, type TensorProto, type ValueInfoProto } from "../../../onnx/proto.ts";
import { Embedding, Flatten, Linear, Sigmoid } from "../../../ops/mod.ts";

/** What a command came to. */
interface Came {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a folder. */
async function zkgrad(folder: string, ...words: readonly string[]): Promise<Came> {
  const before = Deno.cwd();
  let [out, err] = ["", ""];
  Deno.chdir(folder);
  try {
    const around = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      terminal: false,
    };
    return { code: await run(words, around), out, err };
  } finally {
    Deno.chdir(before);
  }
}

/** A folder with a small network and an input. */
async function withNetwork(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    manualSeed(1);
    const bytes = exportOnnx(new Sequential(new Linear(3, 4), new Sigmoid(), new Linear(4, 2)), [3]);
    await Deno.writeFile(`${folder}/network.onnx`, bytes);
    await Deno.writeTextFile(`${folder}/input.json`, '{"input_data": [[0.5, -1, 0.25]]}');
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same network as PyTorch writes it by default: weights in a second file, the batch open under a name of its own. */
async function asPyTorch(folder: string): Promise<void> {
  const { graph, ...rest } = decodeModel(await Deno.readFile(`${folder}/network.onnx`));
  const data: number[] = [];
  const initializer = graph!.initializer!.map(({ rawData, ...tensor }): TensorProto => {
    const where = { location: "network.onnx.data", offset: data.length, length: rawData!.length };
    data.push(...rawData!);
    const externalData = Object.entries(where).map(([key, value]) => ({ key, value: `${value}` }));
    return { ...tensor, externalData, dataLocation: 1 };
  });
  const open = (info: ValueInfoProto): ValueInfoProto => {
    const tensor = info.type!.tensorType!;
    return {
      ...info,
      type: { tensorType: { ...tensor, shape: { dim: [{ dimParam: "s77" }, ...tensor.shape!.dim!.slice(1)] } } },
    };
  };
  const [input, output] = [graph!.input!.map(open), graph!.output!.map(open)];
  await Deno.writeFile(
    `${folder}/network.onnx`,
    encodeModel({ ...rest, graph: { ...graph, initializer, input, output } }),
  );
  await Deno.writeFile(`${folder}/network.onnx.data`, Uint8Array.from(data));
}

const CHEAP = ["--input-scale", "5", "--param-scale", "5", "--decomp-base", "128", "--decomp-legs", "3"];

Deno.test("zkgrad prove goes from a network to a verified proof, and then keeps what fits", () =>
  withNetwork(async (folder) => {
    const first = await zkgrad(folder, "prove", "network.onnx", "--input", "input.json", "--json", ...CHEAP);
    assert.equal(first.code, 0, first.err);
    const { verified, outputs, proof, files } = JSON.parse(first.out);
    assert.equal(verified, true);
    assert.equal(proof, resolve(folder, "test.pf"));
    assert.ok(files.every(({ made }: { made: boolean }) => made));
    const mocked = await zkgrad(folder, "mock", "--json");
    assert.deepEqual(JSON.parse(mocked.out).outputs, outputs);

    const again = await zkgrad(folder, "prove", "network.onnx", "--input", "input.json", "--json", ...CHEAP);
    assert.equal(again.code, 0, again.err);
    const steps = JSON.parse(again.out).files.filter(({ made }: { made: boolean }) => made);
    assert.deepEqual(steps.map(({ step }: { step: string }) => step), []);

    const holds = await zkgrad(folder, "verify");
    assert.deepEqual([holds.code, holds.out], [0, "the proof holds\n"]);
    const text = await Deno.readTextFile(proof);
    const json = JSON.parse(text);
    json.instances[0][0] = json.instances[0][0].replace(/^../, "07");
    json.pretty_public_inputs = null;
    await Deno.writeTextFile(`${folder}/changed.pf`, JSON.stringify(json));
    const changed = await zkgrad(folder, "verify", "--proof-path", "changed.pf");
    assert.equal(changed.code, 1, changed.err);
    assert.equal(changed.out, "the proof does not hold\n");
  }));

Deno.test("EZKL's steps, one by one under its names, come to the same proof", () =>
  withNetwork(async (folder) => {
    for (
      const words of [
        ["gen-settings", ...CHEAP],
        ["calibrate-settings", "--calibration-data", "input.json"],
        ["compile-circuit"],
        ["get-srs"],
        ["setup"],
        ["gen-witness"],
        ["prove"],
        ["verify"],
        ["create-evm-verifier"],
        ["encode-evm-calldata"],
      ]
    ) {
      const { code, err } = await zkgrad(folder, ...words);
      assert.equal(code, 0, `${words[0]}: ${err}`);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    for (const name of ["settings.json", "network.compiled", "kzg.unsafe.srs", "key.vk", "witness.json"]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes("key.pk"), "nobody asked for one");
    for (const name of ["test.pf", "verifier.sol", "verifier.json", "calldata"]) assert.ok(names.includes(name), name);
  }));

Deno.test("zkgrad look says what a network is made of, what each target costs, and what cannot be proved", () =>
  withNetwork(async (folder) => {
    const { code, out } = await zkgrad(folder, "look", "network.onnx", "--json");
    assert.equal(code, 0);
    const { operators, refused, targets } = JSON.parse(out);
    assert.deepEqual(operators, { Gemm: 2, Sigmoid: 1 });
    assert.equal(refused, null);
    assert.ok(targets.fidelity.cells > 0 && targets.fidelity.cells < targets.resources.cells, out);
    const text = await zkgrad(folder, "look", "network.onnx");
    assert.match(text.out, /2 Gemm, 1 Sigmoid\n(?:.*\n)*.*fidelity/);
  }));

Deno.test("zkgrad look prices a network of words without samples, by such as it takes", () =>
  withNetwork(async (folder) => {
    const words = new Sequential(new Embedding(5, 2), new Flatten(), new Linear(6, 2));
    await Deno.writeFile(`${folder}/words.onnx`, exportOnnx(words, [3]));
    const { code, out } = await zkgrad(folder, "look", "words.onnx");
    assert.equal(code, 0);
    assert.match(out, /no --data: the prices are for samples of numbers 0 and 1\n/);
    assert.match(out, /^ +fidelity +\d/m);
    assert.doesNotMatch(out, /no circuit for/);
  }));

Deno.test("a network with its weights in a second file and an open batch is taken as PyTorch writes it", () =>
  withNetwork(async (folder) => {
    const whole = await zkgrad(folder, "mock", "network.onnx", "--json");
    await asPyTorch(folder);
    const split = await zkgrad(folder, "mock", "network.onnx", "--json");
    assert.deepEqual([split.code, split.out], [0, whole.out], split.err);
    const looked = await zkgrad(folder, "look", "network.onnx");
    assert.match(looked.out, /the open dimension "s77" is taken as 1, one sample/);
    const named = await zkgrad(folder, "gen-settings", "--variables", "s77->1,other=3", "--json");
    assert.equal(named.code, 0, named.err);
    const { run_args, model_input_scales } = JSON.parse(await Deno.readTextFile(`${folder}/settings.json`));
    assert.deepEqual(run_args.variables, [["batch_size", 1], ["s77", 1], ["other", 3]]);
    assert.equal(model_input_scales.length, 1);

    // What the second file holds decides about the settings as the first does.
    const steps = async () => JSON.parse((await zkgrad(folder, "gen-settings", "--json")).out).files[0].made;
    assert.deepEqual([await steps(), await steps()], [true, false]);
    const weights = await Deno.readFile(`${folder}/network.onnx.data`);
    weights[3] ^= 1;
    await Deno.writeFile(`${folder}/network.onnx.data`, weights);
    assert.equal(await steps(), true);
    await Deno.remove(`${folder}/network.onnx.data`);
    const gone = await zkgrad(folder, "look", "network.onnx");
    assert.equal(gone.code, 2);
    assert.match(
      gone.err,
      /network\.onnx keeps its weights in .*network\.onnx\.data: .*no such file.*copy that file too/,
    );
  }));

const WRONG: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
  [["prov"], /unknown command 'prov'\n\(Did you mean prove\?\)/],
  [["prove", "network.onnx", "--inptu", "x"], /unknown option '--inptu'\n\(Did you mean --input\?\)/],
  [["prove", "nothing.onnx"], /nothing\.onnx.*(?:cannot be read|no such file)/],
  [["prove", "network.onnx", "--input", "none.json"], /--input: none\.json cannot be read/],
  [["prove", "network.onnx", "--target", "cheapest"], /Allowed choices are resources, /],
  [["prove", "network.onnx", "--target", "resources", "--tolerance", "0.1"], /--tolerance is for --target fidelity/],
  [["calibrate-settings", "--measure", "loss"], /Allowed choices are accuracy, R2, largest-error/],
  [["gen-settings", "--input-scale", "much"], /inputScale is much, expected a whole number/],
  [["gen-settings", "--input-visibility", "secret"], /inputVisibility is secret, expected private, public, fixed/],
  [["setup", "--prover", "ezkl"], /--prover is ezkl, expected zkgrad or ezkljs/],
  [["look", "network.onnx", "--variables", "batch"], /variables is batch, expected names with sizes from 1/],
  [["look", "input.json"], /is a JSON text; expected the bytes of an ONNX file/],
  [["verify"], /there is no settings\.json here; zkgrad gen-settings makes it, and --settings-path names another file/],
  [["prove"], /there is no witness\.json here; zkgrad gen-witness makes it/],
  [["setup"], /there is no network\.compiled here; zkgrad compile-circuit makes it/],
  [
    ["gen-witness", "-D", "none.json", "--compiled-circuit", "input.json"],
    /--data: there is no .*none\.json; name a file/,
  ],
  [
    ["gen-witness", "--compiled-circuit", "network.onnx"],
    /network\.onnx is no compiled circuit of EZKL 21, or is damaged/,
  ],
  [
    ["setup", "--compiled-circuit", "input.json", "--srs-path", "input.json"],
    /input\.json is no compiled circuit of EZKL 21, or is damaged/,
  ],
  [
    [
      "prove",
      "--compiled-circuit",
      "network.onnx",
      "--witness",
      "input.json",
      "--srs-path",
      "input.json",
      "--vk-path",
      "input.json",
    ],
    /network\.onnx is no compiled circuit of EZKL 21, or is damaged/,
  ],
  [
    ["gen-witness", "--compiled-circuit", "."],
    /cannot be read: it is a folder or a device; give the path of a file/,
  ],
  [["mock", "--compiled-circuit", "input.json"], /input\.json is no compiled circuit of EZKL 21, or is damaged/],
  [["mock", "network.onnx", "--data", "network.onnx"], /network\.onnx is not JSON: [ -~]+$/m],
  [["prove", "network.onnx", "--input", "short.json"], /short\.json holds 2 numbers, expected a multiple of 3/],
  [["prove", "network.onnx", "--input", "long.json", ...CHEAP], /long\.json has 6 elements, expected 3/],
  [["calibrate-settings", "--target", "cheapest"], /Allowed choices are resources, /],
  [["completion", "tcsh"], /the shell.*tcsh.*bash/],
];

Deno.test("what is wrong is one sentence, and exit code 2", () =>
  withNetwork(async (folder) => {
    await Deno.writeTextFile(`${folder}/short.json`, '{"input_data": [[0.5, -1]]}');
    await Deno.writeTextFile(`${folder}/long.json`, '{"input_data": [[0.5, -1, 0, 1, 0, 0]]}');
    for (const [words, sentence] of WRONG) {
      const { code, err } = await zkgrad(folder, ...words);
      assert.equal(code, 2, words.join(" "));
      assert.match(err, sentence);
      assert.ok(!err.includes("\n    at "), err);
    }
  }));

Deno.test("fractions for a circuit of whole numbers are rounded where the command is asked to, and refused otherwise", () =>
  withNetwork(async (folder) => {
    for (const words of [["gen-settings", "--input-scale", "0"], ["compile-circuit"]]) {
      const { code, err } = await zkgrad(folder, ...words);
      assert.equal(code, 0, err);
    }
    for (const words of [["gen-witness"], ["mock"], ["prove", "network.onnx", "--input-scale", "0"]]) {
      const { code, err } = await zkgrad(folder, ...words);
      assert.equal(code, 2);
      assert.match(err, /element 0 of input_data\[0\] in \S*input\.json is 0\.5, and .*--round-inputs of the command/);
    }
    assert.equal((await zkgrad(folder, "mock", "--round-inputs")).code, 0);
    const { code, out, err } = await zkgrad(folder, "gen-witness", "--round-inputs");
    assert.equal(code, 0, err);
    assert.match(out, /the circuit's grid moves \d+ elements of the input/);
    const { pretty_elements } = JSON.parse(await Deno.readTextFile(`${folder}/witness.json`));
    assert.deepEqual(pretty_elements.rescaled_inputs[0].map(Number), [1, -1, 0]);
  }));

const samples = Array.from({ length: 60 }, (_, at) => Math.round(1e4 * Math.sin(at * at + at)) / 1e4);

/** Files beside the network: samples, and what they should be. */
const FILES: Readonly<Record<string, unknown>> = {
  "cal.json": { input_data: [samples] },
  "labels.json": Array.from({ length: 20 }, (_, at) => at % 2),
  "targets.json": Array.from({ length: 20 }, (_, at) => [at, [-at]]),
  "short_targets.json": Array.from({ length: 20 }, (_, at) => at),
  "words.json": Array.from({ length: 20 }, () => "one"),
};

Deno.test("circuits are judged by R2 where the samples have targets, and by accuracy where they have labels", () =>
  withNetwork(async (folder) => {
    for (const [name, json] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(json));
    }
    assert.equal((await zkgrad(folder, "gen-settings")).code, 0);
    const judged = async (...words: string[]) => {
      const { code, out, err } = await zkgrad(folder, "calibrate-settings", "-D", "cal.json", ...words);
      assert.equal(code, 0, err);
      return out;
    };
    const test = ["--test", "cal.json"];
    const labelled = await judged(
      "--labels",
      "labels.json",
      ...test,
      "--test-labels",
      "labels.json",
      "--tolerance",
      "0.1",
    );
    assert.match(labelled, /samples +accuracy +float +largest error +cells/);
    assert.match(labelled, /judged by the share of right answers: the largest output/);
    assert.match(labelled, /on 20 samples of cal\.json, which chose nothing, the circuit has \d+\.\d\d % and/);
    const text = await judged("--targets", "targets.json", ...test);
    assert.match(text, /at most 0\.002 of the float network's R2\n.* R2 +float +error +largest error +cells/);
    assert.match(text, /the circuit's output is \S+ off, root mean square, in a spread of \S+ \(R2 -.* network has -/);
    assert.match(text, /on 20 samples of cal\.json, which chose nothing, .*\(R2 0\.9\d+ to the float network's\)/);
    const { fidelity } = JSON.parse(await judged("--targets", "targets.json", "--tolerance", "0.02", "--json"));
    assert.deepEqual([fidelity.measure, fidelity.test], [{ name: "R2", tolerance: 0.02 }, null]);
    const [output, ...others] = fidelity.chosen.outputs;
    assert.equal(others.length, 0);
    assert.ok(output.floatR2 < 0, "targets that the network never learnt");
    assert.ok((output.rootMeanSquare / output.spread) ** 2 <= 0.02 && output.r2 >= output.floatR2 - 0.02);
    const bounded = await judged("--measure", "largest-error", "--max-error", "0.2");
    assert.match(bounded, /whose outputs are at most 0\.2 off\n.* samples +error +largest error +cells/);

    for (
      const [words, sentence] of [
        [["--targets", "short_targets.json"], /--targets: short_targets\.json is not a list of 20 lists of 2 numbers/],
        [["--labels", "words.json"], /--labels: words\.json is not a list of 20 class numbers, one for each/],
        [["--test-labels", "labels.json"], /--test-labels is given without --test/],
        [["--max-error", "little"], /--max-error is little, expected a number/],
        [["--test-targets", "targets.json", "--target", "accuracy"], /--test-targets is for --target fidelity, and/],
      ] as const
    ) {
      const { code, err } = await zkgrad(folder, "calibrate-settings", "-D", "cal.json", ...words);
      assert.equal(code, 2, words.join(" "));
      assert.match(err, sentence);
    }
  }));

Deno.test("every command has help with an example, and shells complete all of them", async () => {
  const help = await zkgrad(".", "--help");
  assert.equal(help.code, 0);
  const names = [...help.out.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name]) => name);
  assert.ok(names.length >= 12, names.join());
  for (const name of names) {
    assert.match((await zkgrad(".", name, "--help")).out, new RegExp(`Example:\n  zkgrad ${name}`));
  }
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await zkgrad(".", "completion", shell);
    assert.equal(code, 0);
    for (const name of names) assert.ok(out.includes(name), `${shell}: ${name}`);
  }
});
