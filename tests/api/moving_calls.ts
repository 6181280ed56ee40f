/**
 * The part of the table of calls that is about operations that move elements.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** The calls, for a matrix `[2, 12]`. */
export function movingCalls(x: api.Tensor): Record<string, Call> {
  return {
    reshape: { call: api.reshape, args: [x, [2, 3, -1]] },
    squeeze: { call: api.squeeze, args: [x, [0]], fine: { 1: ["undefined", "list"] } },
    unsqueeze: { call: api.unsqueeze, args: [x, 1] },
    permute: { call: api.permute, args: [x, [1, 0]] },
    transpose: { call: api.transpose, args: [x, 0, 1] },
    slice: { call: api.slice, args: [x, 1, 2, 8, 2], fine: { 3: OPTIONAL, 4: OPTIONAL } },
    narrow: { call: api.narrow, args: [x, 1, 2, 3] },
    select: { call: api.select, args: [x, 1, 2] },
    split: { call: api.split, args: [x, 1, 1], fine: { 2: OPTIONAL } },
    chunk: { call: api.chunk, args: [x, 2, 0], fine: { 2: OPTIONAL } },
    flip: { call: api.flip, args: [x, [0]], fine: { 1: ["list"] } },
    cat: { call: api.cat, args: [[x, x], 1], fine: { 1: OPTIONAL } },
    stack: { call: api.stack, args: [[x, x], 1], fine: { 1: OPTIONAL } },
    expand: { call: api.expand, args: [x, [3, 2, 12]] },
    repeat: { call: api.repeat, args: [x, [3, 2]] },
    indexSelect: { call: api.indexSelect, args: [x, 1, [3, 3]] },
    pad: {
      call: api.pad,
      args: [x, [1, 2], { mode: "constant", value: 1 }],
      fine: { 1: ["list"], 2: OPTIONS, "2.value": ["number"] },
    },
  };
}
