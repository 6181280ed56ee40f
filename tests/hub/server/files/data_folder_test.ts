import assert from "node:assert/strict";
import { ConfigError, DataFolderBusyError } from "../../../../hub/server/errors.ts";
import { openDataFolder } from "../../../../hub/server/files/data_folder.ts";
import { inFolder } from "../../../folder.ts";
import { noise } from "./noise.ts";
import { FROZEN } from "../../../frozen.ts";

const module = new URL("../../../../hub/server/files/data_folder.ts", import.meta.url).href;

/** A process that opens the folder, says so, and holds it until it is killed. */
async function holder(path: string): Promise<Deno.ChildProcess> {
  const code = `import { openDataFolder } from "${module}";
    await openDataFolder(${JSON.stringify(path)}, null);
    Deno.stdout.writeSync(new TextEncoder().encode("held"));
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", ...FROZEN, code],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "held");
  await reader.cancel();
  return child;
}

async function mode(path: string): Promise<number> {
  return (await Deno.stat(path)).mode! & 0o777;
}

Deno.test("a new data folder, its parts and its secret are for their owner alone", async () => {
  await inFolder(async (root) => {
    const folder = await openDataFolder(`${root}/deep/data`, null);
    assert.equal(folder.path, `${root}/deep/data`);
    for (const part of [folder.path, folder.db, folder.files, folder.tmp, folder.cache]) {
      assert.equal(await mode(part), 0o700, part);
    }
    assert.equal(await mode(`${folder.path}/secret.key`), 0o600);
    assert.deepEqual(await Deno.readFile(`${folder.path}/secret.key`), folder.secret);
    assert.equal(folder.secret.length, 32);
    assert.equal(folder.secretOrigin, "folder");
    folder.close();
  });
});

Deno.test("the secret is the same at the next start, and files in the making are gone", async () => {
  await inFolder(async (root) => {
    const first = await openDataFolder(root, null);
    await Deno.mkdir(`${first.tmp}/upload`);
    await Deno.writeTextFile(`${first.tmp}/upload/part`, "left by a crash");
    await Deno.writeTextFile(`${first.files}/kept`, "");
    first.close();
    const second = await openDataFolder(root, null);
    assert.deepEqual(second.secret, first.secret);
    assert.deepEqual([...Deno.readDirSync(second.tmp)], []);
    assert.ok(await Deno.stat(`${second.files}/kept`));
    second.close();
  });
});

Deno.test("the operator's secret wins, and none is made", async () => {
  await inFolder(async (root) => {
    const secret = noise(32);
    const folder = await openDataFolder(root, secret);
    assert.deepEqual(folder.secret, secret);
    assert.equal(folder.secretOrigin, "config");
    await assert.rejects(Deno.stat(`${root}/secret.key`), Deno.errors.NotFound);
    folder.close();
    await assert.rejects(openDataFolder(root, noise(16)), ConfigError);
  });
});

Deno.test("a second hub on the same folder is refused with a sentence, in this process and in another", async () => {
  await inFolder(async (root) => {
    const first = await openDataFolder(root, null);
    await assert.rejects(openDataFolder(root, null), (error: Error) => {
      assert.ok(error instanceof DataFolderBusyError);
      assert.ok(error.message.includes(root) && error.message.includes("--data"), error.message);
      return true;
    });
    first.close();
    const child = await holder(root);
    await assert.rejects(openDataFolder(root, null), new RegExp(`process ${child.pid}\\)`));
    child.kill("SIGKILL");
    await child.status;
  });
});

Deno.test("the folder is free again after its hub was killed, every time of 5", async () => {
  await inFolder(async (root) => {
    for (let round = 0; round < 5; round++) {
      const child = await holder(root);
      child.kill("SIGKILL");
      await child.status;
      (await openDataFolder(root, null)).close();
    }
  });
});

Deno.test("a hub that is refused leaves the files in the making of the other alone", async () => {
  await inFolder(async (root) => {
    const first = await openDataFolder(root, null);
    await Deno.writeTextFile(`${first.tmp}/upload`, "under way");
    await assert.rejects(openDataFolder(root, null), DataFolderBusyError);
    assert.equal(await Deno.readTextFile(`${first.tmp}/upload`), "under way");
    first.close();
  });
});

Deno.test("a folder with somebody's files in it is refused and left as it is", async () => {
  await inFolder(async (root) => {
    await Deno.mkdir(`${root}/tmp`);
    await Deno.writeTextFile(`${root}/tmp/thesis.txt`, "years of work");
    await assert.rejects(openDataFolder(root, null), ConfigError);
    assert.equal(await Deno.readTextFile(`${root}/tmp/thesis.txt`), "years of work");
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), ["tmp"]);
  });
});

Deno.test("a fresh volume with lost+found in it is taken", async () => {
  await inFolder(async (root) => {
    await Deno.mkdir(`${root}/lost+found`);
    (await openDataFolder(root, null)).close();
  });
});

Deno.test("a data folder that is a file is refused with a sentence", async () => {
  await inFolder(async (root) => {
    await Deno.writeTextFile(`${root}/file`, "");
    for (const path of [`${root}/file`, `${root}/file/data`]) {
      await assert.rejects(openDataFolder(path, null), (error: Error) => {
        assert.ok(error instanceof ConfigError && error.message.includes("--data"), error.message);
        return true;
      });
    }
  });
});

Deno.test("a damaged secret is refused, and a lost one too while files need it", async () => {
  await inFolder(async (root) => {
    const folder = await openDataFolder(root, null);
    folder.close();
    await Deno.writeFile(`${root}/secret.key`, folder.secret.subarray(0, 20));
    await assert.rejects(openDataFolder(root, null), /20 bytes instead of 32/);
    await Deno.remove(`${root}/secret.key`);
    await Deno.mkdir(`${folder.files}/private`);
    await Deno.writeTextFile(`${folder.files}/private/some`, "");
    await assert.rejects(openDataFolder(root, null), /secret\.key is gone/);
    const given = await openDataFolder(root, folder.secret);
    given.close();
    await Deno.remove(`${folder.files}/private`, { recursive: true });
    (await openDataFolder(root, null)).close();
  });
});
