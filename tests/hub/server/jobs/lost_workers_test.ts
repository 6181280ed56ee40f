import assert from "node:assert/strict";
import { Worker } from "../../../../hub/server/jobs/worker.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../postgres.ts";
import { TestHub } from "./test_hub.ts";
import { FROZEN } from "../../../frozen.ts";

const SAMPLES = [Float32Array.of(1, 0, -1)];

/** A worker in a process of its own, which freezes at a stage. */
function workerProcess(url: string, folder: string, stage: string): Deno.ChildProcess {
  const script = new URL("./worker_run.ts", import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      ...FROZEN,
      "--config",
      new URL("../../../../deno.json", import.meta.url).pathname,
      script,
      url,
      folder,
      stage,
    ],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

Deno.test({
  name: "the jobs of a killed and of a frozen worker are done by another, once",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    const postgres = await TestPostgres.create();
    const processes: Deno.ChildProcess[] = [];
    try {
      await using hub = await TestHub.onPostgres(postgres.url());
      const { queue } = hub.services;
      const startFreezingAt = (stage: string) => {
        const process = workerProcess(postgres.url(), hub.folder, stage);
        processes.push(process);
        return process;
      };
      const frozen = startFreezingAt("proof");
      const first = await hub.deploy({ onnx: tinyOnnx(1), samples: SAMPLES });
      await queue.enqueue({ kind: "artifact", id: first }, 1);
      assert.equal((await hub.until(() => hub.artifact(first))).status, "SUCCESS");

      const proof = await hub.ask(first, SAMPLES[0]);
      await queue.enqueue({ kind: "proof", id: proof }, 1);
      await hub.until(() => hub.proof(proof), ({ stage }) => stage === "proof");

      const killed = startFreezingAt("keys");
      const second = await hub.deploy({ onnx: tinyOnnx(2), samples: SAMPLES });
      await queue.enqueue({ kind: "artifact", id: second }, 1);
      await hub.until(() => hub.artifact(second), ({ stage }) => stage === "keys");
      Deno.kill(killed.pid, "SIGKILL");

      const worker = new Worker(hub.services);
      await worker.start();
      try {
        const artifact = await hub.until(() => hub.artifact(second));
        assert.deepEqual([artifact.status, artifact.attempt], ["SUCCESS", 2]);
        const done = await hub.until(() => hub.proof(proof));
        assert.deepEqual([done.status, done.attempt], ["SUCCESS", 2]);
        assert.deepEqual(hub.stages.filter(({ outcome }) => outcome === "kept").map(({ stage }) => stage).toSorted(), [
          "circuit",
          "srs",
          "witness",
        ]);

        Deno.kill(frozen.pid, "SIGCONT");
        await frozen.stdin.close();
        await frozen.status;
        assert.deepEqual(await hub.proof(proof), done);
        assert.deepEqual(await queue.counts(), { queued: 0, active: 0 });
      } finally {
        await worker.stop(0);
      }
    } finally {
      for (const process of processes) {
        try {
          process.kill("SIGKILL");
        } catch {
          // It has ended by itself.
        }
        await process.status;
        await process.stdin.close().catch(() => {});
      }
      await postgres.remove();
    }
  },
});
