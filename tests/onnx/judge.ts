/**
 * What others say of a file: onnx.checker, and ONNX Runtime's result beside ours.
 * @module
 */
import * as ort from "npm:onnxruntime-web@1.30.0/wasm";
import { check, checkerIsPresent } from "./checker.ts";

ort.env.wasm.numThreads = 1;

/** A file of one input and one output, and what we say that it computes. */
export interface Judged {
  /** What it is called in the verdict. */
  readonly name: string;
  /** The file. */
  readonly bytes: Uint8Array;
  /** What goes in; the element type is the file's. */
  readonly input: { readonly shape: readonly number[]; readonly data: Float32Array };
  /** What comes out according to us. */
  readonly output: ArrayLike<number>;
  /** How far an element may be from ONNX Runtime's; 1e-5 unless given. */
  readonly tolerance?: number;
}

/**
 * Asks onnx.checker (one Python for all files; skipped where there is none) and ONNX
 * Runtime (one session a file) and returns what they have against the files.
 */
export async function judge(files: readonly Judged[]): Promise<string[]> {
  const verdicts = checkerIsPresent ? await check(files.map(({ bytes }) => bytes)) : [];
  const problems = verdicts.flatMap(([problem], k) =>
    problem === null ? [] : [`${files[k].name}: onnx.checker: ${problem}`]
  );
  for (const file of files) {
    const problem = await runtimeProblem(file).catch((error) => String(error));
    if (problem !== null) problems.push(`${file.name}: onnxruntime: ${problem}`);
  }
  return problems;
}

async function runtimeProblem({ bytes, input, output, tolerance = 1e-5 }: Judged): Promise<string | null> {
  const theirs = await runOrt(bytes, input);
  if (theirs.length !== output.length) return `${theirs.length} elements, expected ${output.length}`;
  const at = theirs.findIndex((value, i) => !(Math.abs(value - output[i]) <= tolerance * Math.max(1, Math.abs(value))));
  return at === -1 ? null : `element ${at} is ${theirs[at]}, but ours is ${output[at]}`;
}

/** The first output of a file according to ONNX Runtime, as numbers. */
export async function runOrt(bytes: Uint8Array, ...inputs: readonly Judged["input"][]): Promise<number[]> {
  return (await runOrtAll(bytes, inputs))[0];
}

/**
 * All outputs of a file, given its inputs in its order; their element types are the file's. `plain`: node by node, as
 * ONNX Runtime 1.30 fuses a Pad of zeros with the MaxPool behind it into one that pads with nothing.
 */
export async function runOrtAll(
  bytes: Uint8Array,
  inputs: readonly Judged["input"][],
  plain = false,
): Promise<number[][]> {
  const level = plain ? { graphOptimizationLevel: "disabled" } as const : {};
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, ...level });
  try {
    const feeds = inputs.map((input, k): [string, ort.Tensor] => {
      const meta = session.inputMetadata[k];
      const type = meta.isTensor ? meta.type : "float32";
      if (type === "int64") {
        return [session.inputNames[k], new ort.Tensor(type, BigInt64Array.from(input.data, BigInt), input.shape)];
      }
      const floats = type === "float64" ? Float64Array : type === "float16" ? Float16Array : Float32Array;
      // The types of ort do not know the array that it demands for float16.
      const data = floats.from(input.data) as Float32Array;
      return [session.inputNames[k], new ort.Tensor(type, data, input.shape)];
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => Array.from(results[name].data as ArrayLike<number>, Number));
  } finally {
    await session.release();
  }
}
