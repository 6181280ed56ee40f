/**
 * PyTorch on the CPU: hands the weights and batches to `torch_lenet.py` in a file and
 * passes its line on.
 * @module
 */
import { fileURLToPath } from "node:url";
import { BATCHES, Batches, startWeights } from "../data.ts";
import { findReport, printReport, secondsGranted, STARTED } from "../report.ts";
import { hasTorch, TORCH_PYTHON } from "./torch_python.ts";

if (!await hasTorch()) throw new Error("there is no PyTorch in .venv-torch; deno task bench makes it");

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
  const { stdout, stderr } = await new Deno.Command(TORCH_PYTHON, {
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
