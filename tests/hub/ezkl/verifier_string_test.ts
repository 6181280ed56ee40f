/** A verifier's part of a reference string that is read in parts. */
import assert from "node:assert/strict";
import { genSrs, verifierSrs } from "../../../hub/ezkl/mod.ts";
import { readVerifierString } from "../../../hub/ezkl/folder/verifier_string.ts";
import { inFolder } from "../../folder.ts";

Deno.test("of a string for k = 26, which has 8 GiB, a verifier reads the beginning and the end", () =>
  inFolder(async (folder) => {
    const small = await genSrs(4, { secret: 7n }), path = `${folder}/kzg.srs`;
    await Deno.writeFile(path, small);
    assert.deepEqual(await readVerifierString(path), small);
    // The same secret's for 2^26 rows begins and ends alike; between, this one is a hole.
    const size = 4 + 2 * 64 * 2 ** 26 + 256;
    {
      using file = await Deno.open(path, { write: true });
      await file.truncate(size);
      await file.seek(0, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(26));
      await file.seek(size - 256, Deno.SeekMode.Start);
      await file.write(small.subarray(small.length - 256));
    }
    assert.deepEqual(await readVerifierString(path), verifierSrs(small));
    await Deno.truncate(path, size - 1);
    await assert.rejects(readVerifierString(path), {
      message: /begins with k = 26 and has 8589934851 bytes, expected 8589934852/,
    });
  }));
