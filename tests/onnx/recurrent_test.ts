/** Recurrent layers as other frameworks write them: both directions in one node, last states, and what is refused. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { importGraph } from "../../onnx/import.ts";
import { exportOnnx, OnnxModule } from "../../onnx/model.ts";
import { encodeModel, type NodeProto } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { Devices } from "../ops/harness.ts";
import { runOrt } from "./judge.ts";
import { assertNear, numbers } from "./outcome.ts";
import { predict } from "./predict.ts";
import { node, small, weight } from "./small.ts";

const shape = [3, 5, 4];
const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;

/** A file whose input has the batch first, as a network's has. */
function file(kind: keyof typeof GATES, outputs: string[], after: NodeProto[], attributes = {}, directions = 2) {
  const rows = GATES[kind] * 3;
  const reset = kind === "GRU" ? { linear_before_reset: 1 } : {};
  const direction = { text: directions === 2 ? "bidirectional" : "reverse" };
  return encodeModel(small([
    node("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }),
    node(kind, ["t", "w", "r", "b"], outputs, { hidden_size: 3, direction, ...reset, ...attributes }),
    ...after,
  ], {
    shape,
    weights: [
      weight("w", [directions, rows, 4]),
      weight("r", [directions, rows, 3]),
      weight("b", [directions, 2 * rows]),
    ],
  }));
}

const FORMS: Readonly<Record<string, (kind: keyof typeof GATES) => Uint8Array>> = {
  "all states, both ways": (kind) =>
    file(kind, ["s"], [node("Transpose", ["s"], ["u"], { perm: [2, 0, 1, 3] }), node("Flatten", ["u"], ["y"])]),
  "the last states, both ways": (kind) =>
    file(kind, ["", "h"], [node("Transpose", ["h"], ["u"], { perm: [1, 0, 2] }), node("Flatten", ["u"], ["y"])]),
  "all states, backwards": (kind) =>
    file(kind, ["s"], [node("Transpose", ["s"], ["u"], { perm: [2, 0, 1, 3] }), node("Flatten", ["u"], ["y"])], {}, 1),
};

for (const kind of ["LSTM", "GRU", "RNN"] as const) {
  for (const [what, make] of Object.entries(FORMS)) {
    Deno.test(`${kind}, ${what}, is read as ONNX Runtime has it, and can be exported again`, async () => {
      using devices = await Devices.request();
      const bytes = make(kind);
      const data = numbers(shape);
      const expected = await runOrt(bytes, { shape, data });
      assertNear(await predict(devices.cpu, bytes, data), expected, "engine", 1e-5);
      const module = new OnnxModule(bytes);
      assert.ok([...module.stateDict().keys()].some((name) => name.endsWith("weight_hh_l0_reverse")));
      const again = exportOnnx(module, shape.slice(1), { batch: "batch_size" });
      assertNear(await runOrt(again, { shape, data }), expected, "exported again", 1e-5);
    });
  }
}

Deno.test("recurrent nodes of a form that is not supported are refused by what they are", () => {
  const after = [node("Transpose", ["s"], ["u"], { perm: [2, 0, 1, 3] }), node("Flatten", ["u"], ["y"])];
  for (
    const [bytes, message] of [
      [file("GRU", ["s"], after, { linear_before_reset: 0 }), /GRU applies the reset gate before the product/],
      [file("LSTM", ["s"], after, { clip: { float: 2 } }), /LSTM clips/],
      [file("RNN", ["s"], after, { activations: { texts: ["Sin", "Sin"] } }), /no operation takes this form of "RNN"/],
    ] as const
  ) {
    assert.throws(
      () => importGraph(bytes, operations),
      (error) => error instanceof ArgumentError && message.test(error.message),
    );
  }
});
