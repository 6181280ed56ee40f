/**
 * What a project of anybody does with the package, in any runtime: train XOR, export it, prove what the network says of
 * a hidden input, verify that.
 */
import { Adam, DataLoader, manualSeed, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  genSettings,
  genSrs,
  genWitness,
  inputJson,
  prove,
  Prover,
  settingsToJson,
  setup,
} from "@zkgrad/zkgrad/ezkl";
import { exportOnnx } from "@zkgrad/zkgrad/onnx";
import { readProof, verifierSrs, verify } from "@zkgrad/zkgrad/verify";

/** What came of it. */
export interface XorOutcome {
  /** What trained. */
  device: string;
  /** Of the trained network. */
  accuracy: number | null;
  /** What the proof shows, of the input 1, 0. */
  outputs: number[];
  /** Whether the proof held, and whether it did with one bit changed. */
  holds: [boolean, boolean];
  /** Files by EZKL's names. */
  files: Record<string, number[]>;
}

/** Does all of it on the CPU with two threads, where the runtime has them. */
export async function proveXor(): Promise<XorOutcome> {
  manualSeed(1);
  const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
  const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
  const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
  const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
  const trainer = await Trainer.create({ model, loss, optimizer, device: "cpu" });
  const loader = new DataLoader(data, { batchSize: 4 });
  for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
  const { accuracy } = await trainer.evaluate(data);
  const device = trainer.device.description;
  trainer[Symbol.dispose]();

  const onnx = exportOnnx(model, [2]);
  const samples = calibrationJson(Array.from({ length: 16 }, (_, i) => inputs.subarray(2 * (i % 4), 2 * (i % 4) + 2)));
  const calibrated = await calibrateSettings(onnx, genSettings(onnx), samples, { target: "fidelity" });
  const { settings } = calibrated;
  const compiled = compileCircuit(calibrated.onnx, settings);
  const srs = await genSrs(settings.runArgs.logrows);
  const prover = new Prover({ threads: 2 });
  const { vk } = await setup(compiled, srs, { prover });
  const input = inputJson(Float32Array.of(1, 0));
  const witness = await genWitness(compiled, input);
  const proof = await prove(witness, vk, compiled, srs, { prover });
  await prover[Symbol.asyncDispose]();

  const short = verifierSrs(srs);
  const changed = changedProof(proof);
  const text = new TextEncoder();
  const files = {
    "network.onnx": onnx,
    "input.json": text.encode(input),
    "settings.json": text.encode(settingsToJson(settings)),
    "key.vk": vk,
    "kzg.srs": short,
    "test.pf": proof,
    "changed.pf": changed,
  };
  return {
    device,
    accuracy,
    outputs: [...readProof(proof, settings).outputs![0]],
    holds: [await verify(proof, vk, settings, short), await verify(changed, vk, settings, short)],
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, [...bytes]])),
  };
}

/** The proof with one bit of its bytes changed. */
function changedProof(proof: Uint8Array): Uint8Array {
  const file = JSON.parse(new TextDecoder().decode(proof)) as { hex_proof: string; proof: number[] };
  const at = file.hex_proof.length - 1, last = parseInt(file.hex_proof[at], 16) ^ 1;
  file.hex_proof = file.hex_proof.slice(0, at) + last.toString(16);
  file.proof[file.proof.length - 1] ^= 1;
  return new TextEncoder().encode(JSON.stringify(file));
}
