/** Stores and reads a large file in the folder or bucket of its arguments; prints how much memory it took. */
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import type { S3Config } from "../../../../hub/server/config.ts";

const [path, root, s3] = Deno.args as [string, string, string];
const folder = { files: `${root}/files`, tmp: `${root}/tmp` };
for (const part of Object.values(folder)) await Deno.mkdir(part, { recursive: true });
const blobs = openBlobs({ s3: JSON.parse(s3) as S3Config | null }, folder, new Uint8Array(32));
await blobs.ping();

const idle = Deno.memoryUsage().rss;
let peak = idle;
const timer = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 10);
const took: Record<string, number> = {};

async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  peak = 0;
  const result = await run();
  took[name] = Math.round((peak - idle) / 1e6);
  return result;
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  let count = 0;
  // A reader slower than the storage, as a client on a network is.
  for await (const block of stream) {
    count += block.length;
    if (count % 20_000_000 < block.length) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (count !== (await Deno.stat(path)).size) throw new Error(`${count} bytes came`);
}

const plain = await step("putFile", () => blobs.putFile(path));
await step("stream", async () => await drain(await blobs.stream(plain)));
const sealed = await step("putPrivateStream", async () => {
  const file = await Deno.open(path);
  return await blobs.putPrivateStream(file.readable);
});
await step("private stream", async () => await drain(await blobs.stream(sealed)));
clearInterval(timer);
await blobs.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(took)));
