/**
 * A network of one's own, as an ONNX file, proved: that it gives these outputs for an input
 * that nobody sees.
 *
 * What to learn here: a folder holds EZKL's files under EZKL's names; each step makes what is
 * missing and keeps what still fits; the verifier needs only the proof, the settings, the key
 * and a reference string. Run it with
 * `deno run -A examples/prove_onnx.ts folder network.onnx "0.5, -1, 0.25"`: the network's file in
 * the folder, then one sample's numbers.
 * @module
 */
import { inputJson, priceCircuit, ProvingFolder } from "@zkgrad/zkgrad/ezkl";

const [path, network, numbers] = Deno.args;
if (numbers === undefined) {
  console.error("give a folder, the name of an ONNX file in it, and a sample's numbers between commas");
  Deno.exit(2);
}
const sample = Float32Array.from(numbers.split(","), Number);
await Deno.writeTextFile(`${path}/input.json`, inputJson(sample));
// What the scales are chosen by: here the sample alone; your own data do better.
await Deno.writeTextFile(`${path}/cal_data.json`, inputJson(sample));

const folder = new ProvingFolder(path, network);
// The input hidden, the weights fixed in the key, the outputs shown.
const seen = { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" } as const;
// Numbers are taken apart by a table of 256 rows, not EZKL's 16,384: a second's proof, not a minute's.
await folder.genSettings({ ...seen, decompBase: 256, decompLegs: 4 });
await folder.calibrateSettings({ target: "resources" });
await folder.compileCircuit();
const { cells, heapBytes, seconds } = priceCircuit(await Deno.readFile(folder.path("network.compiled")));
console.log(`${cells} cells, ${Math.ceil(heapBytes / 1e6)} MB of memory, ${Math.ceil(seconds.proof)} s a proof`);

await folder.genSrs(); // a test string: with getSrs({ path }) a ceremony's, which others can trust
await folder.setup();
await folder.genWitness();
await folder.prove();

if (!await folder.verify()) throw new Error("the proof does not hold");
const [outputs] = (await folder.readProof()).outputs!;
console.log(`verified: the network's outputs are ${[...outputs].map((value) => value.toFixed(3)).join(", ")}`);
console.log(`${path} holds the proof test.pf, settings.json and key.vk; witness.json and input.json stay with you`);
