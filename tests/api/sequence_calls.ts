/**
 * The part of the table of calls that is about products, sequences and what drops out.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** The calls, for a matrix `[2, 12]`. */
export function sequenceCalls(x: api.Tensor): Record<string, Call> {
  const { nn } = api;
  const ones = (...shape: number[]): api.Tensor => x.graph.constant(shape, new Float32Array(api.sizeOf(shape)).fill(1));
  const flags = (...names: string[]): Call["fine"] => Object.fromEntries(names.map((name) => [`2.${name}`, ["true"]]));
  const options = { numLayers: 2, bias: false, batchFirst: true, dropout: 0.1, bidirectional: true };
  const recurrent = { 2: OPTIONS, ...flags("bias", "batchFirst", "bidirectional") };
  const forward = (made: api.nn.Module, input: unknown): Call => ({
    call: (value) => made.forward(value),
    args: [input],
    loose: true,
  });
  const sequence = api.reshape(x, [2, 3, 4]);
  const inside =
    (made: api.nn.Module, run: (given: unknown[], input: api.Tensor) => unknown) => (...given: unknown[]) => {
      class Outer extends nn.Module {
        inner = made;
        override forward(input: api.Tensor): api.Tensor {
          run(given, input);
          return input;
        }
      }
      return api.trace(new Outer(), [2, 3, 4]);
    };
  const table = new nn.Embedding(5, 3);
  const lstm = new nn.LSTM(4, 2, { batchFirst: true });
  const attention = new nn.MultiheadAttention(4, 2, { batchFirst: true });
  const layer = new nn.TransformerEncoderLayer(4, 2, { batchFirst: true, dimFeedforward: 3 });
  /** The tensor that stands for an argument of the call, in whatever graph it runs. */
  const SELF = sequence;
  const own = (given: unknown[], input: api.Tensor): never[] =>
    given.map((one) => one === SELF ? input : one) as never[];
  const mask = { attnMask: [[0, 1, 2], [0, 0, 0], [0, 0, 0]], isCausal: true };
  return {
    matmul: { call: api.matmul, args: [x, ones(12, 3)] },
    dropout: { call: api.dropout, args: [x, 0.3, 7], fine: { 1: OPTIONAL, 2: OPTIONAL } },
    Dropout: {
      call: (...given: ConstructorParameters<typeof nn.Dropout>) => new nn.Dropout(...given),
      args: [0.3],
      fine: { 0: OPTIONAL },
    },
    "Dropout.forward": forward(new nn.Dropout(), x),
    embedding: { call: api.embedding, args: [x, ones(5, 3), 1], fine: { 2: ["undefined", "null"] } },
    Embedding: {
      call: (...given: ConstructorParameters<typeof nn.Embedding>) => new nn.Embedding(...given),
      args: [5, 3, { paddingIdx: 1 }],
      fine: { 2: OPTIONS, "2.paddingIdx": ["null"] },
    },
    "Embedding.forward": {
      call: inside(table, (given, input) => table.forward(own(given, input)[0])),
      args: [SELF],
      loose: true,
    },
    LSTM: {
      call: (...given: ConstructorParameters<typeof nn.LSTM>) => new nn.LSTM(...given),
      args: [3, 4, options],
      fine: recurrent,
    },
    GRU: {
      call: (...given: ConstructorParameters<typeof nn.GRU>) => new nn.GRU(...given),
      args: [3, 4, options],
      fine: recurrent,
    },
    RNN: {
      call: (...given: ConstructorParameters<typeof nn.RNN>) => new nn.RNN(...given),
      args: [3, 4, { ...options, nonlinearity: "relu" }],
      fine: recurrent,
    },
    "RecurrentLayer.forward": {
      call: inside(lstm, (given, input) => lstm.forward(own(given, input)[0])),
      args: [SELF],
      loose: true,
    },
    "RecurrentLayer.run": {
      call: inside(lstm, (given, input) => lstm.run(...own(given, input) as [never])),
      args: [SELF],
    },
    MultiheadAttention: {
      call: (...given: ConstructorParameters<typeof nn.MultiheadAttention>) => new nn.MultiheadAttention(...given),
      args: [4, 2, { dropout: 0.1, bias: false, batchFirst: true }],
      fine: { 2: OPTIONS, ...flags("bias", "batchFirst") },
    },
    "MultiheadAttention.forward": {
      call: inside(attention, (given, input) => attention.forward(...own(given, input) as [never])),
      args: [SELF, SELF, SELF],
      fine: { 1: OPTIONAL, 2: OPTIONAL },
      loose: true,
    },
    "MultiheadAttention.run": {
      call: inside(attention, (given, input) => attention.run(...own(given, input) as [never, never, never])),
      args: [SELF, SELF, SELF, mask],
      fine: { 3: OPTIONS, "3.isCausal": ["true"] },
    },
    TransformerEncoderLayer: {
      call: (...given: ConstructorParameters<typeof nn.TransformerEncoderLayer>) =>
        new nn.TransformerEncoderLayer(...given),
      args: [4, 2, {
        ...{ dimFeedforward: 3, dropout: 0.2, activation: "gelu", layerNormEps: 1e-4, batchFirst: true },
        ...{ normFirst: true, bias: false },
      }],
      fine: { 2: OPTIONS, ...flags("batchFirst", "normFirst", "bias") },
    },
    "TransformerEncoderLayer.forward": {
      call: inside(layer, (given, input) => layer.forward(own(given, input)[0])),
      args: [SELF],
      loose: true,
    },
    "TransformerEncoderLayer.run": {
      call: inside(layer, (given, input) => layer.run(...own(given, input) as [never])),
      args: [SELF, mask],
      fine: { 1: OPTIONS, "1.isCausal": ["true"] },
    },
  };
}
