/** What is done to a hub to see that it bears it. */
import { fileURLToPath } from "node:url";
import { createHubArtifact, deleteHubArtifact, type HubCredentials } from "../../../hub/mod.ts";
import type { PollOrder, PollReport } from "./poll.ts";
import { layer } from "./proofs.ts";

/** Has a process of its own ask for the status of an artifact and of proofs. */
export async function polled(order: PollOrder): Promise<PollReport> {
  const program = fileURLToPath(new URL("./poll.ts", import.meta.url));
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--allow-net", program, JSON.stringify(order)],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the clients' process failed; what it said stands above");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** So many different models of one megabyte, all at once and none of them twice; they are deleted afterwards. */
export async function uploadsAtOnce(credentials: HubCredentials, count: number): Promise<{ failed: unknown[] }> {
  const { model, data } = layer(512, 512);
  const upload = async (index: number): Promise<string> => {
    const own = model.slice();
    // Somewhere among the weights: another file, and a number still.
    own[own.length >> 1] = index;
    const { id } = await createHubArtifact({ credentials, name: `upload ${index}`, model: own, data, patience: 0 });
    return id;
  };
  const ended = await Promise.allSettled(Array.from({ length: count }, (_, index) => upload(index)));
  for (const each of ended) if (each.status === "fulfilled") await deleteHubArtifact(each.value, { credentials });
  return { failed: ended.flatMap((each) => each.status === "rejected" ? [each.reason] : []) };
}

/** How an upload went that is too large. */
export interface Refusal {
  /** HTTP status of the answer; NaN where there was none. */
  status: number;
  /** Bytes that were sent until the hub closed the connection, or all. */
  sent: number;
}

/** Goes on sending an upload of so many bytes, whatever the hub answers. */
export async function upload(
  { url, apiKey }: HubCredentials,
  bytes: number,
  framing: "content-length" | "chunked",
): Promise<Refusal> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const write = async (data: Uint8Array): Promise<void> => {
    for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
  };
  const operations = JSON.stringify({
    query: 'mutation($input: Upload!) { initiateProof(input: $input, id: "a") { id } }',
  });
  const part = (name: string, rest: string) => `--part\r\nContent-Disposition: form-data; name="${name}"${rest}`;
  const begin = part("operations", `\r\n\r\n${operations}\r\n`) +
    part("map", `\r\n\r\n{"0": ["variables.input"]}\r\n`) + part("0", `; filename="input.json"\r\n\r\n`);
  const chunked = framing === "chunked";
  const chunk = (data: Uint8Array): Uint8Array[] =>
    chunked ? [text(`${data.length.toString(16)}\r\n`), data, text("\r\n")] : [data];
  const head = `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${apiKey}\r\n` +
    `Content-Type: multipart/form-data; boundary=part\r\n` +
    (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : `Content-Length: ${bytes}\r\n\r\n`);
  const answer = firstWords(connection);
  const block = new Uint8Array(2 ** 20);
  let sent = 0;
  try {
    await write(text(head));
    for (const piece of chunk(text(begin))) await write(piece);
    sent += begin.length;
    while (sent < bytes) {
      const next = block.subarray(0, Math.min(block.length, bytes - sent));
      for (const piece of chunk(next)) await write(piece);
      sent += next.length;
    }
  } catch {
    // The hub hung up, which it may.
  }
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(await answer)?.[1]), sent };
}

async function firstWords(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  const count = await connection.read(buffer).catch(() => null);
  return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
}

function text(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}
