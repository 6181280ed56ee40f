/**
 * Runs models with tractjs, which is tract 0.15 in WebAssembly: reads
 * `[{ model, data, shape }]` (the model in base64) from standard input and prints
 * the outputs as JSON. A process of its own, because tractjs keeps its worker.
 */
interface Request {
  readonly model: string;
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

// tractjs starts a classic worker, which Deno refuses; its script is a module just as well.
const ModuleWorker = class extends Worker {
  constructor(url: string | URL) {
    super(url, { type: "module" });
  }
};
Object.assign(globalThis, { Worker: ModuleWorker });

const { load, Tensor } = await import("npm:tractjs@0.4.0/dist/tractjs.esm.js");
const requests: Request[] = JSON.parse(await new Response(Deno.stdin.readable).text());
const outputs: number[][] = [];
for (const { model, data, shape } of requests) {
  // The size of the batch is given as a fact, since tract 0.15 predates named symbols.
  const options = { format: "onnx", inputFacts: { 0: ["float32", shape] } };
  const loaded = await load(`data:application/octet-stream;base64,${model}`, options);
  const [output] = await loaded.predict([new Tensor(new Float32Array(data), shape)]);
  outputs.push(Array.from(output.data as Float32Array));
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outputs)));
Deno.exit();
