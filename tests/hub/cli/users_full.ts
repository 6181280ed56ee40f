/**
 * Three kinds of people: a table, a regression, a sequence. Each is trained here, exported, and proved by one
 * `zkgrad prove` in a folder that holds the network and samples alone. What the command says of held-out samples is
 * compared with ONNX Runtime, and EZKL's engine judges the proof.
 */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { run } from "../../../hub/cli/command/program.ts";
import { Engine } from "../../../hub/ezkl/engine/engine.ts";
import {
  Adam,
  add,
  DataLoader,
  Generator,
  manualSeed,
  type Module,
  mul,
  nn,
  type Tensor,
  TensorDataset,
  Trainer,
} from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { inFolder } from "../../folder.ts";

/** Somebody's network and samples. */
interface User {
  readonly what: string;
  readonly model: () => Module;
  /** Shape of a sample. */
  readonly shape: readonly number[];
  /** A sample and its class, or what its output should be. */
  readonly draw: (random: Generator) => readonly [input: number[], answer: number];
  readonly kind: "labels" | "targets";
  readonly epochs: number;
  /** Most cells that it may take. */
  readonly most: number;
}

/** Samples that train, others that choose the circuit, and others that judge it: on the first a network is too sure. */
const TRAINED = 500, CHOOSING = 300, HELD_OUT = 400;

/** The state behind a sequence's last step says what the wave is. */
class WaveReader extends nn.Module {
  lstm = new nn.LSTM(2, 6, { batchFirst: true });
  fc = new nn.Linear(6, 2);

  override forward(wave: Tensor): Tensor {
    return this.fc.forward(this.lstm.run(wave).hidden.at(-1)!);
  }
}

/** Lengths of flowers of three kinds, standardised. */
function flower(random: Generator): readonly [number[], number] {
  const kind = Math.floor(3 * random.uniform()), middle = [[-1.2, 0.8], [0.2, -0.7], [1.1, 0.4]][kind];
  const near = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
  return [[middle[0] + near(), middle[1] + near(), 1.3 * middle[0] + near(), near()], kind];
}

/** What a house loses in watts, by its walls, their thickness and the difference of temperatures, standardised. */
function house(random: Generator): readonly [number[], number] {
  const [walls, thickness, difference] = [0, 1, 2].map(() => 3.4 * random.uniform() - 1.7);
  const watts = 3.5 * (160 + 46 * walls) * (20 + 8.6 * difference) / (30 + 8.6 * thickness) + 40 * random.uniform();
  return [[walls, thickness, difference], watts];
}

/** A wave of twelve steps with its slope, smooth or square. */
function wave(random: Generator): readonly [number[], number] {
  const kind = Math.floor(2 * random.uniform()), phase = 6.28 * random.uniform(), pace = 0.5 + 0.5 * random.uniform();
  const at = (step: number) => {
    const smooth = Math.sin(phase + pace * step);
    return (kind === 0 ? smooth : Math.sign(smooth)) + 0.1 * (random.uniform() - 0.5);
  };
  const values = Array.from({ length: 13 }, (_, step) => at(step));
  return [values.slice(1).flatMap((value, step) => [value, value - values[step]]), kind];
}

/** Answers in the unit that people use: the last layer is told mean and spread. */
class Watts extends nn.Module {
  net = new nn.Sequential(new nn.Linear(3, 12), new nn.Tanh(), new nn.Linear(12, 1));

  override forward(x: Tensor): Tensor {
    return add(mul(this.net.forward(x), 200), 400);
  }
}

const users: readonly User[] = [
  {
    what: "a table",
    model: () => new nn.Sequential(new nn.Linear(4, 12), new nn.ReLU(), new nn.Linear(12, 3)),
    shape: [4],
    draw: flower,
    kind: "labels",
    epochs: 30,
    most: 200,
  },
  { what: "a regression", model: () => new Watts(), shape: [3], draw: house, kind: "targets", epochs: 60, most: 150 },
  {
    what: "a sequence",
    model: () => new WaveReader(),
    shape: [12, 2],
    draw: wave,
    kind: "labels",
    epochs: 25,
    most: 8000,
  },
];

for (const user of users) {
  Deno.test(`${user.what} is proved by one command, and loses next to nothing on held-out samples`, () =>
    inFolder(async (folder) => {
      const { shape, kind } = user, size = shape.reduce((product, length) => product * length, 1);
      manualSeed(1);
      const random = new Generator(2);
      const rows = Array.from({ length: TRAINED + CHOOSING + HELD_OUT }, () => user.draw(random));
      const bytes = exportOnnx(await trained(user, rows.slice(0, TRAINED)), shape);
      await Deno.writeFile(`${folder}/network.onnx`, bytes);
      const held = rows.slice(TRAINED + CHOOSING);
      await writeSamples(folder, "cal", rows.slice(TRAINED, TRAINED + CHOOSING), kind);
      await writeSamples(folder, "held", held, kind);
      await writeSamples(folder, "input", held.slice(0, 1), kind);

      const answers = [`--${kind}`, `${folder}/cal_${kind}.json`, `--test-${kind}`, `${folder}/held_${kind}.json`];
      const samples = [
        "--input",
        `${folder}/input.json`,
        "--data",
        `${folder}/cal.json`,
        "--test",
        `${folder}/held.json`,
      ];
      const proved = await zkgrad("prove", `${folder}/network.onnx`, ...samples, ...answers, "--out", folder, "--json");
      assert.equal(proved.code, 0, proved.err);
      const { verified, outputs, cells, fidelity: { measure, test } } = JSON.parse(proved.out);
      assert.equal(verified, true);
      assert.ok(cells < user.most, `${cells} cells`);
      assert.equal(measure.name, kind === "labels" ? "accuracy" : "R2");
      assert.equal(test.samples, HELD_OUT);

      const floats = await outputsOf(bytes, held.map(([input]) => input), [1, ...shape], size);
      if (kind === "labels") {
        const right = floats.filter((values, at) => largest(values) === held[at][1]).length / HELD_OUT;
        assert.ok(Math.abs(test.floatAccuracy - right) < 1e-9 && right > 0.85, `${test.floatAccuracy} for ${right}`);
        assert.ok(test.accuracy >= right - 0.005, `${test.accuracy} where the network has ${right}`);
      } else {
        const r2 = r2Of(floats.map(([value]) => value), held.map(([, target]) => target)), [output] = test.outputs;
        assert.ok(Math.abs(output.floatR2 - r2) < 1e-4 && r2 > 0.9, `${output.floatR2} for ${r2}`);
        assert.ok(output.r2 >= r2 - 0.01 && output.rootMeanSquare < 0.1 * output.spread, JSON.stringify(output));
      }
      const furthest = Math.max(...floats[0].map((value, at) => Math.abs(value - outputs[0][at])));
      assert.ok(furthest <= test.largestError + 1e-4, `${furthest} off in the proof, ${test.largestError} at most`);

      await judge(folder);
    }));
}

async function trained({ model: made, shape, kind, epochs }: User, rows: readonly (readonly [number[], number])[]) {
  const model = made(), regression = kind === "targets";
  const answers = rows.map(([, answer]) => answer);
  const data = new TensorDataset({
    inputs: Float32Array.from(rows.flatMap(([input]) => input)),
    shape,
    ...regression ? { targets: Float32Array.from(answers), targetShape: [1] } : { targets: Uint8Array.from(answers) },
  });
  const loss = regression ? new nn.MSELoss() : new nn.CrossEntropyLoss();
  using trainer = await Trainer.create({ model, loss, optimizer: new Adam({ lr: 0.01 }), device: "cpu" });
  const loader = new DataLoader(data, { batchSize: 50, shuffle: true });
  for (let epoch = 0; epoch < epochs; epoch++) await trainer.fit(loader);
  return model;
}

async function writeSamples(
  folder: string,
  name: string,
  rows: readonly (readonly [number[], number])[],
  kind: string,
) {
  const input_data = [rows.flatMap(([input]) => [...Float32Array.from(input)])];
  await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify({ input_data }));
  await Deno.writeTextFile(`${folder}/${name}_${kind}.json`, JSON.stringify(rows.map(([, answer]) => answer)));
}

async function zkgrad(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await run(words, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    terminal: false,
  });
  return { code, out, err };
}

/** EZKL's engine takes the proof, the command too; with another byte neither does. */
async function judge(folder: string): Promise<void> {
  const read = (name: string) => Deno.readFile(`${folder}/${name}`);
  const [proof, vk, settings, srs] = await Promise.all(
    ["test.pf", "key.vk", "settings.json", "kzg.unsafe.srs"].map(read),
  );
  await using engine = new Engine();
  assert.equal(await engine.verify(proof, vk, settings, srs), true);
  const named = ["proof-path", "settings-path", "vk-path", "srs-path"];
  const flags = ["test.pf", "settings.json", "key.vk", "kzg.unsafe.srs"].flatMap((name, at) => [
    `--${named[at]}`,
    `${folder}/${name}`,
  ]);
  assert.equal((await zkgrad("verify", ...flags)).code, 0);
  const changed = JSON.parse(new TextDecoder().decode(proof));
  const [instance] = changed.instances[0];
  changed.instances[0][0] = (instance.startsWith("01") ? "02" : "01") + instance.slice(2);
  await Deno.writeTextFile(`${folder}/test.pf`, JSON.stringify(changed));
  assert.notEqual((await zkgrad("verify", ...flags)).code, 0);
}

async function outputsOf(onnx: Uint8Array, inputs: readonly number[][], shape: readonly number[], size: number) {
  const session = await ort.InferenceSession.create(onnx), found: number[][] = [];
  for (const input of inputs) {
    assert.equal(input.length, size);
    const fed = { [session.inputNames[0]]: new ort.Tensor("float32", Float32Array.from(input), shape) };
    found.push([...(await session.run(fed))[session.outputNames[0]].data as Float32Array]);
  }
  await session.release();
  return found;
}

function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function r2Of(values: readonly number[], targets: readonly number[]): number {
  const mean = targets.reduce((sum, target) => sum + target) / targets.length;
  const missed = targets.reduce((sum, target, at) => sum + (target - values[at]) ** 2, 0);
  return 1 - missed / targets.reduce((sum, target) => sum + (target - mean) ** 2, 0);
}
