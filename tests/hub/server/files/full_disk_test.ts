import assert from "node:assert/strict";
import { type HubError, StorageFullError } from "../../../../hub/server/errors.ts";
import { openDataFolder } from "../../../../hub/server/files/data_folder.ts";
import { freeBytes, requireFree } from "../../../../hub/server/files/disk_space.ts";
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { inFolder } from "../../../folder.ts";
import { noise } from "./noise.ts";
import { filesUnder } from "./places.ts";

const MIB = 2 ** 20;
const mountable = Deno.build.os === "linux" && await mount("--help") && await tryMount();

async function mount(...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

async function tryMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-" });
  const mounted = await mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
  if (mounted) await unmount(folder);
  await Deno.remove(folder);
  return mounted;
}

async function unmount(folder: string): Promise<void> {
  await new Deno.Command("umount", { args: [folder] }).output();
}

async function onSmallDisk(mebibytes: number, body: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (root) => {
    const folder = `${root}/disk`;
    await Deno.mkdir(folder);
    assert.ok(await mount("-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder));
    try {
      await body(folder);
    } finally {
      await unmount(folder);
    }
  });
}

async function full(run: Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error: Error) => {
    assert.ok(error instanceof StorageFullError, `${error}`);
    assert.equal((error as HubError).status, 507);
    return true;
  });
}

Deno.test({
  name: "a full disk is a typed error that leaves nothing behind (needs root, to mount a small disk)",
  ignore: !mountable,
  fn: () =>
    onSmallDisk(4, async (disk) => {
      const folder = await openDataFolder(disk, null);
      const blobs = openBlobs({ s3: null }, folder, folder.secret);
      const kept = noise(MIB);
      const ref = await blobs.put(kept);
      const free = await freeBytes(disk);
      assert.ok(free > 2 * MIB && free < 3 * MIB, `${free}`);
      await inFolder(async (elsewhere) => {
        await Deno.writeFile(`${elsewhere}/file`, noise(5 * MIB));
        for (let round = 0; round < 20; round++) {
          await full(blobs.put(noise(3 * MIB)));
          await full(blobs.putFile(`${elsewhere}/file`));
          await full(blobs.putPrivate(noise(3 * MIB)));
          await full(blobs.putPrivateStream(new Blob([noise(5 * MIB)]).stream()));
        }
      });
      assert.deepEqual(await filesUnder(folder.tmp), []);
      assert.equal((await filesUnder(folder.files)).length, 1);
      assert.ok(Math.abs(await freeBytes(disk) - free) < 65536);
      assert.deepEqual(await blobs.read(ref), kept);
      assert.equal(await blobs.ping(), true);
      folder.close();
    }),
});

Deno.test({
  name: "what is stored already can be stored again on a full disk (needs root, to mount a small disk)",
  ignore: !mountable,
  fn: () =>
    onSmallDisk(2, async (disk) => {
      const folder = await openDataFolder(disk, null);
      const blobs = openBlobs({ s3: null }, folder, folder.secret);
      const kept = noise(MIB);
      const ref = await blobs.put(kept);
      await Deno.writeFile(`${disk}/filler`, new Uint8Array(2 * MIB)).catch(() => {});
      assert.equal(await blobs.ping(), false);
      assert.deepEqual(await blobs.put(kept), ref);
      folder.close();
    }),
});

Deno.test({
  name: "a hub on a disk without any room is refused with a sentence (needs root, to mount a small disk)",
  ignore: !mountable,
  fn: () =>
    onSmallDisk(1, async (disk) => {
      await Deno.writeFile(`${disk}/.filler`, new Uint8Array(MIB)).catch(() => {});
      await assert.rejects(openDataFolder(disk, null), /cannot be used .* has room/);
      await Deno.remove(`${disk}/.filler`);
      (await openDataFolder(disk, null)).close();
    }),
});

Deno.test("room is refused where it would use up the reserve", () =>
  inFolder(async (folder) => {
    const free = await freeBytes(folder);
    assert.ok(free > 0);
    await requireFree(folder, 0, 0);
    await full(requireFree(folder, 0, 2 * free));
    await full(requireFree(folder, 2 * free, 0));
  }));
