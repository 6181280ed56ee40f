/**
 * EZKL's steps one by one, as a project of anybody calls them in any runtime: `steps.js FOLDER` reads `network.onnx`,
 * `cal_data.json`, `input.json` and `kzg.srs` there and leaves the rest.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import {
  calibrateSettings,
  compileCircuit,
  createEvmVerifier,
  encodeVerifierCalldata,
  genSettings,
  genWitness,
  prove,
  settingsToJson,
  setup,
  verify,
} from "@zkgrad/zkgrad/ezkl";

const path = (name: string) => `${process.argv[2]}/${name}`;
const write = (name: string, content: Uint8Array | string) => writeFileSync(path(name), content);
const [onnx, srs] = ["network.onnx", "kzg.srs"].map((name) => Uint8Array.from(readFileSync(path(name))));
const [samples, input] = ["cal_data.json", "input.json"].map((name) => readFileSync(path(name), "utf8"));

const base = genSettings(onnx, { paramVisibility: "Fixed" }); // as the command has it
write("base.json", settingsToJson(base));
const { settings, onnx: rounded } = await calibrateSettings(onnx, base, samples, { target: "fidelity" });
write("settings.json", settingsToJson(settings));
write("network.calibrated.onnx", rounded);
const compiled = compileCircuit(rounded, settings);
write("network.compiled", compiled);
const { vk } = await setup(compiled, srs);
write("key.vk", vk);
const witness = await genWitness(compiled, input);
write("witness.json", witness);
const proof = await prove(witness, vk, compiled, srs);
write("test.pf", proof);
if (!await verify(proof, vk, settings, srs)) throw new Error("the proof does not hold");
write("verifier.sol", createEvmVerifier(vk, settings, srs).solidity);
write("calldata", await encodeVerifierCalldata(proof));
