/** A worker in a process of its own, which freezes as a job enters the stage it is told; ends when its input does. */
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { BossQueue } from "../../../../hub/server/jobs/boss_queue.ts";
import { Worker } from "../../../../hub/server/jobs/worker.ts";
import { jsonLog } from "../../../../hub/server/log.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPostgres } from "../../../../hub/server/store/postgres.ts";
import { storeActingAt } from "./stage_store.ts";
import { SHARED_SECRET, testConfig } from "./test_hub.ts";

const [url, folder, stage] = Deno.args;
const config = testConfig(folder, { databaseUrl: url });
const log = jsonLog();
const store = await openStore(await openPostgres(url, log));
const queue = await BossQueue.open({ url }, log);
const blobs = openBlobs(config, { files: `${folder}/files`, tmp: `${folder}/tmp` }, SHARED_SECRET);
const metrics = { request: () => {}, stage: () => {}, text: () => Promise.resolve("") };
const freezing = storeActingAt(store, stage, () => Deno.kill(Deno.pid, "SIGSTOP"));
const worker = new Worker({ config, store: freezing, queue, blobs, log, metrics });
await worker.start();
for await (const _ of Deno.stdin.readable);
await worker.stop(0);
await store.close();
