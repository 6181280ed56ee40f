/**
 * The compiler's Worker: one call at a time, off the thread that answers requests.
 * @module
 */
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { genSrs, settingsFromJson } from "../../ezkl/mod.ts";
import { chooseCircuit, compileAndPrice } from "./choose_circuit.ts";
import { CompilerLimitError, sentError } from "./compiler_errors.ts";
import type { CompilerCalls, CompileRequest, FromCompiler, ToCompiler } from "./compiler_messages.ts";
import { checkNetworkSize } from "./network_limits.ts";

type Scope = {
  onmessage: ((event: MessageEvent<ToCompiler>) => void) | null;
  postMessage(message: FromCompiler, transfer?: Transferable[]): void;
};

const scope = self as unknown as Scope;

scope.onmessage = async ({ data }) => {
  try {
    const result = await answer(data);
    const bytes = Object.values(result).filter((value) => value instanceof Uint8Array);
    scope.postMessage({ kind: "result", result }, bytes.map(({ buffer }) => buffer as ArrayBuffer));
  } catch (error) {
    scope.postMessage({ kind: "error", error: sentError(limited(error)) });
  }
};

async function answer(message: ToCompiler): Promise<CompilerCalls[keyof CompilerCalls]["result"]> {
  switch (message.call) {
    case "calibrate":
      return await chooseCircuit(message.request, told);
    case "compile":
      return compile(message.request);
    case "srs":
      return {
        srs: await genSrs(message.request.logrows, { onProgress: ({ done, total }) => told(done / total) }),
      };
  }
}

function compile({ onnx, settings }: CompileRequest): CompilerCalls["compile"]["result"] {
  const own = settingsFromJson(new TextDecoder().decode(settings));
  checkNetworkSize(lowerOnnx(onnx, own.runArgs.variables));
  return compileAndPrice(onnx, own);
}

function told(done: number): void {
  scope.postMessage({ kind: "progress", done });
}

/** What no array or memory holds. */
function limited(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new CompilerLimitError(
    `the model or its samples need more memory than this hub has (${error.message}); deploy a smaller model or fewer samples`,
  );
}
