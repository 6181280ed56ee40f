/**
 * The part of the table of calls that is about text and files.
 */
import * as api from "../../mod.ts";
import { ANYTHING, type Call, OPTIONAL } from "./call.ts";

/** The calls, for a file that is there, its bytes, and an output that drops what it is given. */
export function textCalls(file: string, bytes: Uint8Array, quiet: api.TextOutput): Record<string, Call> {
  const spans: Call["fine"] = { 0: ANYTHING };
  return {
    formatBytes: { call: api.formatBytes, args: [1], fine: spans, loose: true },
    formatCount: { call: api.formatCount, args: [1], fine: spans, loose: true },
    formatDuration: { call: api.formatDuration, args: [1], fine: spans, loose: true },
    formatPercent: { call: api.formatPercent, args: [1], fine: spans, loose: true },
    ProgressBar: {
      call: (...given: [api.ProgressOptions]) => new api.ProgressBar(...given),
      args: [{ ...quiet, total: 3, label: "it", unit: "points", now: () => 0 }],
      fine: {
        ...{ "0.write": ["function"], "0.terminal": ["true"], "0.color": ["true"], "0.columns": ["function"] },
        ...{ "0.label": ["text"], "0.unit": ["text"], "0.now": ["function"] },
      },
    },
    "ProgressBar.update": {
      call: (progress) => new api.ProgressBar({ ...quiet, total: 3, label: "it" }).update(progress),
      args: [{ done: 1, loss: 1, itemsPerSecond: 1, label: "it" }],
      fine: {
        "0.done": ["number"],
        "0.loss": ["number", "nan"],
        "0.itemsPerSecond": ["number", "nan"],
        "0.label": ["text"],
      },
      loose: true,
    },
    "ProgressBar.print": {
      call: (line) => new api.ProgressBar({ ...quiet, total: 3, label: "it" }).print(line),
      args: ["line"],
      fine: { 0: ["text"] },
      loose: true,
    },
    "ProgressBar.finish": {
      call: (line) => new api.ProgressBar({ ...quiet, total: 3, label: "it" }).finish(line),
      args: ["line"],
      fine: { 0: ["undefined", "text"] },
      loose: true,
    },
    readSafetensors: {
      call: api.readSafetensors,
      args: [bytes, "it"],
      fine: { 1: ["undefined", "text"] },
      loose: true,
    },
    writeSafetensors: {
      call: api.writeSafetensors,
      args: [new Map([["a", { shape: [1], data: new Float32Array(1) }]])],
      fine: { 0: ["map"] },
      loose: true,
    },
    readFile: { call: api.readFile, args: [file, 2 ** 20], fine: { 1: OPTIONAL }, loose: true },
    writeFileAtomic: { call: api.writeFileAtomic, args: [file, bytes], fine: {}, loose: true },
  };
}
