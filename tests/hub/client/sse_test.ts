import assert from "node:assert/strict";
import { serverEvents } from "../../../hub/client/sse.ts";

async function read(pieces: (string | Uint8Array)[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const body = ReadableStream.from(pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece));
  const found: string[] = [];
  for await (const { event, data } of serverEvents(body, () => {})) found.push(`${event}|${data}`);
  return found;
}

Deno.test("serverEvents() reads events with every kind of line break, wherever the pieces are cut", async () => {
  const text =
    'event: next\ndata: {"a":"é"}\n\n:\n\nevent:next\r\ndata:1\r\ndata: 2\r\n\r\nid: 7\rdata: x\r\revent: complete\ndata\n\n';
  const expected = ['next|{"a":"é"}', "next|1\n2", "message|x", "complete|"];
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(await read([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `cut at ${cut}`);
  }
  assert.deepEqual(await read([...bytes].map((byte) => Uint8Array.of(byte))), expected);
});

Deno.test("serverEvents() drops what the end of the stream cuts, and events without data", async () => {
  assert.deepEqual(await read(["data: whole\n\ndata: half\n"]), ["message|whole"]);
  assert.deepEqual(await read(["event: nothing\n\ndata: something\n\n"]), ["message|something"]);
  assert.deepEqual(await read([]), []);
});

Deno.test("serverEvents() ends a stream whose event has no end", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 2 ** 20;
      controller.enqueue(new TextEncoder().encode(`data: ${"x".repeat(2 ** 20)}\n`));
    },
    cancel() {
      cancelled = true;
    },
  });
  for await (const _ of serverEvents(body, () => {})) assert.fail("there is no whole event");
  assert.ok(sent < 2 ** 25, `${sent}`);
  assert.ok(cancelled);
});
