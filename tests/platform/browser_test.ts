/** The library in a page of Chromium, whose WebGPU (Dawn and Tint) is stricter than Deno's. */
import assert from "node:assert/strict";
import * as esbuild from "npm:esbuild@0.28.2";
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import { Adam, CrossEntropyLoss, Trainer } from "../../mod.ts";
import { OnnxModule } from "../../onnx/mod.ts";
import { bars, exercise, networks, type Outcome, type Trained } from "./networks.ts";

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => {
  return Deno.statSync(path, { throwIfNoEntry: false } as never) !== undefined;
});
