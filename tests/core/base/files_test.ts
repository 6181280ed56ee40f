import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { readFile, readFileIfThere, writeFileAtomic } from "../../../core/base/files.ts";
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { inFolder } from "../../folder.ts";

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("writeFileAtomic() makes folders and leaves nothing else behind", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a/b/model.bin`;
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, new Uint8Array(100_000).fill(9));
    assert.deepEqual(await readFile(path), new Uint8Array(100_000).fill(9));
    await writeFileAtomic(path, new Uint8Array(0));
    assert.deepEqual(await readFile(path), new Uint8Array(0));
    assert.deepEqual(names(`${folder}/a/b`), ["model.bin"]);
  }));

Deno.test("writeFileAtomic() leaves the earlier file alone when it fails", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/full`, { recursive: true });
    await assert.rejects(writeFileAtomic(`${folder}/taken`, Uint8Array.of(1)), (error: Error) => {
      assert.ok(error instanceof ArgumentError, String(error));
      assert.match(error.message, /taken cannot be written: .*folder/);
      return true;
    });
    assert.deepEqual(names(folder), ["taken"]);
    assert.deepEqual(names(`${folder}/taken`), ["full"]);
  }));

Deno.test("writeFileAtomic() says what is wrong with a path", () =>
  inFolder(async (folder) => {
    await writeFileAtomic(`${folder}/file`, Uint8Array.of(1));
    await assert.rejects(writeFileAtomic(`${folder}/file/below`, Uint8Array.of(1)), /a part of the path is a file/);
    await assert.rejects(writeFileAtomic("", Uint8Array.of(1)), /The empty path cannot be written/);
    await assert.rejects(writeFileAtomic(`${folder}/new/`, Uint8Array.of(1)), { name: "ArgumentError" });
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test({
  name: "writeFileAtomic() names the permission that is missing",
  permissions: { read: "inherit", write: false },
  async fn() {
    await assert.rejects(writeFileAtomic("/tmp/zkgrad-none/model.bin", Uint8Array.of(1)), {
      name: "ArgumentError",
      message: /run it with --allow-read=\/tmp\/zkgrad-none --allow-write=\/tmp\/zkgrad-none/,
    });
  },
});

Deno.test({
  name: "readFile() names the permission that is missing",
  permissions: { read: false },
  async fn() {
    await assert.rejects(readFile("/tmp/zkgrad-none/model.bin"), {
      name: "ArgumentError",
      message: /run it with --allow-read=\/tmp\/zkgrad-none$/,
    });
  },
});

Deno.test("readFile() says what is wrong with a path", () =>
  inFolder(async (folder) => {
    assert.equal(await readFileIfThere(`${folder}/none`, 10), null);
    await assert.rejects(readFile(`${folder}/none`), {
      name: "ArgumentError",
      message: /none cannot be read: there is no/,
    });
    await assert.rejects(readFile(folder), { name: "ArgumentError", message: /it is a folder/ });
    await writeFileAtomic(`${folder}/file`, new Uint8Array(11));
    await assert.rejects(readFile(`${folder}/file`, 10), (error: Error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /has 11 bytes, expected at most 10/);
      return true;
    });
    const path = `${folder}/100 %25, a #`;
    await writeFileAtomic(path, new Uint8Array(11));
    assert.equal((await readFile(pathToFileURL(path))).length, 11);
    const says = (text: string) => (error: Error) => error.message.startsWith(`${text} cannot be read: `);
    await assert.rejects(readFile(pathToFileURL(`${path}!`)), says(`${path}!`));
    for (const text of ["https://example.org/%zz", "file:///a%2Fb"]) {
      await assert.rejects(readFile(new URL(text)), says(text));
    }
  }));
