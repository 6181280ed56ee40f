import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import type { StoredBlobs } from "../../../../hub/server/files/stored_blobs.ts";
import { inFolder } from "../../../folder.ts";
import { TestS3 } from "../s3.ts";
import { noise } from "./noise.ts";

/** Somewhere that blobs are kept. */
export interface Place {
  /** The blobs. */
  blobs: StoredBlobs;
  /** Folders of files and of files in the making. */
  files: string;
  tmp: string;
  /** 32 bytes. */
  secret: Uint8Array<ArrayBuffer>;
  /** The S3 server, or null where they are in `files`. */
  s3: TestS3 | null;
  /** The file that holds a stored object. */
  objectFile(key: string): string;
}

/** Runs `body` with an empty folder of blobs. */
export async function inFolderPlace(body: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(async (root) => {
    const [files, tmp, secret] = [`${root}/files`, `${root}/tmp`, noise(32)];
    await Deno.mkdir(files);
    await Deno.mkdir(tmp);
    const blobs = openBlobs({ s3: null }, { files, tmp }, secret);
    await body({ blobs, files, tmp, secret, s3: null, objectFile: (key) => `${files}/${key}` });
  });
}

/** Runs `body` with an empty bucket; a call gives up after `patience` seconds. */
export async function inS3Place(body: (place: Place) => Promise<void>, patience = 10): Promise<void> {
  await using s3 = await TestS3.create();
  await inFolder(async (root) => {
    const [files, tmp, secret] = [`${root}/files`, `${root}/tmp`, noise(32)];
    await Deno.mkdir(files);
    await Deno.mkdir(tmp);
    const blobs = openBlobs({ s3: s3.config }, { files, tmp }, secret, { patience });
    try {
      await body({ blobs, files, tmp, secret, s3, objectFile: (key) => s3.objectFile(key) });
    } finally {
      await blobs.close();
    }
  });
}

/** Every file under a folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesUnder(`${folder}/${name}`));
    else found.push(`${folder}/${name}`);
  }
  return found;
}
