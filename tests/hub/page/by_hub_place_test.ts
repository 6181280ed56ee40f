/** What the page knows of a hub while things change under it, without a browser: its Workers answer when they are told. */
import assert from "node:assert/strict";
import { network, type PageNetwork } from "../../../hub/page/app/network.ts";
import { keepKey, keptKey } from "../../../hub/page/hub/kept.ts";

/** A call that a Worker was sent, to be answered by the test. */
interface Asked {
  readonly name: string;
  readonly argument: unknown;
  tell(value: unknown): void;
  done(value: unknown): Promise<void>;
  failed(message: string): Promise<void>;
}

const asked: Asked[] = [];
/** For what must not happen; what must is waited for. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 20));

class ToldWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  postMessage({ id, name, argument }: { id: number; name: string; argument: unknown }): void {
    const answer = (data: Record<string, unknown>) => this.onmessage?.({ data: { id, ...data } });
    asked.push({
      name,
      argument,
      tell: (value) => answer({ kind: "progress", value }),
      done: (value) => (answer({ kind: "done", value }), settled()),
      failed: (message) => (answer({ kind: "failed", message, name: "Error" }), settled()),
    });
  }
  terminate(): void {
    this.onmessage = null;
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let look = 0; look < 1000 && !holds(); look++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(holds(), `in vain: ${what}`);
}

/** The next call of a name, once it is there. */
async function call(name: string): Promise<Asked> {
  const at = () => asked.findIndex((each) => each.name === name);
  await until(`a call of ${name}`, () => at() >= 0);
  return asked.splice(at(), 1)[0];
}

/** A network that is told from others by its bytes. */
function networkOf(mark: number): PageNetwork {
  const bytes = Uint8Array.of(mark);
  const about = { name: `network ${mark}`, side: 28, binary: true, seconds: 1 } as PageNetwork["about"];
  return {
    ...{ about, onnx: bytes, compiled: bytes, settings: bytes, vk: bytes, srs: bytes },
    calibrated: () => Promise.resolve(bytes),
    shared: true,
  };
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const CONNECTED = { place: "hub.example.org", organization: "us", scopes: ["deploy", "prove", "read"] };
const news = (id: string) => ({ id, stage: "keys", progress: 0.5, waiting: "", line: null });

Deno.test("a hub that the page speaks to", async (t) => {
  const Before = globalThis.Worker;
  globalThis.Worker = ToldWorker as unknown as typeof Worker;
  try {
    const { cancelDeploying, connect, deploy, forget, place, problem, asking } = await import(
      "../../../hub/page/by_hub/hub.ts"
    );
    const { cancel, job, prove } = await import("../../../hub/page/by_hub/proof.ts");
    const { isUnderWay, proof, state } = await import("../../../hub/page/prove/proof.ts");
    const comes = (kind: string) => until(kind, () => place.value.kind === kind);
    const now = () => {
      const { kind, id, isMine } = place.value as { kind: string; id?: string; isMine?: boolean };
      return [kind, id ?? isMine];
    };
    const first = networkOf(1), second = networkOf(2), vk = await hashOf(second.vk);
    const there = { id: "b", isReady: true, vk, srs: "kzg.unsafe.srs" };

    await t.step("another network is not taken for the one whose keys the hub makes", async () => {
      network.value = first;
      connect({ url: "https://hub.example.org", apiKey: "zkg_1" });
      await (await call("connect")).done(CONNECTED);
      await (await call("find")).done(null);
      await comes("none");
      deploy();
      await (await call("deploy")).done({ id: "a", isReady: false, vk: null, srs: null });
      const made = await call("made");
      assert.deepEqual(now(), ["deploying", true]);
      network.value = second;
      await (await call("find")).done(there);
      await comes("there");
      made.tell(news("a"));
      assert.deepEqual(now(), ["there", "b"], "news of the first say nothing of the second");
      await made.done({ id: "a", isReady: true, vk: await hashOf(first.vk), srs: "kzg.unsafe.srs" });
      assert.deepEqual(now(), ["there", "b"]);
      assert.equal(asking.value, "");
    });

    await t.step("keys that somebody else cancels are offered again, and why they ended is said", async () => {
      network.value = first;
      await (await call("find")).done({ id: "c", isReady: false, vk: null, srs: null });
      const made = await call("made");
      assert.deepEqual(now(), ["deploying", false]);
      await made.failed("somebody cancelled it at the hub");
      await comes("none");
      assert.match(problem.value, /Somebody cancelled it/);
    });

    await t.step("keys that are cancelled here end without a word", async () => {
      deploy();
      await (await call("deploy")).done({ id: "d", isReady: false, vk: null, srs: null });
      const made = await call("made");
      cancelDeploying();
      assert.deepEqual((await call("cancel")).argument, { kind: "artifact", id: "d" });
      await made.failed("somebody cancelled it at the hub");
      assert.deepEqual([place.value.kind, problem.value], ["none", ""]);
    });

    await t.step("a hub whose key is another is not said to lack the network", async () => {
      network.value = second;
      await (await call("find")).done({ ...there, isReady: false });
      await (await call("made")).done({ ...there, vk: "0" });
      await (await call("srs")).done(Uint8Array.of(7));
      const making = await call("key");
      assert.match(asking.value, /Making its key here/);
      await making.done(Uint8Array.of(9));
      await until("a sentence", () => problem.value !== "");
      assert.match(problem.value, /do not use this hub/);
      assert.equal(place.value.kind, "unknown");
    });

    await t.step("a proof that is cancelled while it is verified here is not shown", async () => {
      network.value = { ...second };
      await (await call("find")).done(there);
      await comes("there");
      prove();
      assert.equal(isUnderWay.value, true);
      const proving = await call("prove");
      proving.tell(news("e"));
      assert.equal(job.value?.news?.id, "e");
      await proving.done({ proof: Uint8Array.of(1), kept: null });
      const verifying = await call("verify");
      cancel();
      await (await call("cancel")).done(undefined);
      await verifying.done({ holds: true, outputs: null });
      await (await call("open")).done(undefined);
      await (await call("predict")).done({ circuit: [1], float: [1], milliseconds: 1 });
      await until("the end", () => job.value === null);
      assert.equal(state.value.kind, "stopped");
      assert.deepEqual([proof.value, job.value, isUnderWay.value], [null, null, false]);
    });

    await t.step("a browser that lets pages keep nothing, and what is no key, keep none", () => {
      const before = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage")!;
      try {
        sessionStorage.setItem("zkgrad hub", "{");
        assert.equal(keptKey(), null);
        sessionStorage.removeItem("zkgrad hub");
        const get = () => {
          throw new DOMException("denied", "SecurityError");
        };
        Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get });
        keepKey({ url: "https://hub.example.org", apiKey: "zkg_1" });
        assert.equal(keptKey(), null);
      } finally {
        Object.defineProperty(globalThis, "sessionStorage", before);
      }
    });

    forget();
    assert.deepEqual(asked.map(({ name }) => name), []);
  } finally {
    globalThis.Worker = Before;
  }
});
