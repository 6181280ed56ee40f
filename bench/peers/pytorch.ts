/**
 * PyTorch on the CPU, for orientation, where the system's Python has it: hands the
 * weights and batches to `torch_lenet.py` in a file and passes its line on.
 * @module
 */
import { fileURLToPath } from "node:url";
import { BATCHES, Batches, startWeights } from "../data.ts";
import { findReport, printReport, secondsGranted, STARTED } from "../report.ts";

const PYTHON = "/usr/bin/python3";

// Looked for, not imported: importing it takes seconds, which would count as its start-up.
const search = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
const probe = await new Deno.Command(PYTHON, { args: ["-I", "-c", search] }).output().catch(() => null);
if (!probe?.success) throw new Error(`${PYTHON} has no torch, skipped (Debian: python3-torch)`);

const batches = await Batches.load();
const file = await Deno.makeTempFile({ suffix: ".lenet" });
try {
  // All the images and then all the weights as float32, all the labels as int32.
  const all = Array.from({ length: BATCHES }, (_, index) => index);
  const parts = [
    ...all.map((index) => batches.images(index)),
    ...startWeights().map(({ values }) => values),
    ...all.map((index) => batches.labels(index)),
  ];
  await Deno.writeFile(file, ReadableStream.from(parts.map((part) => new Uint8Array(part.buffer))));
  const { stdout, stderr } = await new Deno.Command(PYTHON, {
    args: [
      "-I",
      fileURLToPath(new URL("torch_lenet.py", import.meta.url)),
      file,
      String(secondsGranted()),
      Deno.env.get(STARTED) ?? String(Date.now()),
    ],
  }).output();
  const report = findReport(new TextDecoder().decode(stdout));
  if (!report) throw new Error(`torch_lenet.py failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  printReport(report);
} finally {
  await Deno.remove(file);
}
