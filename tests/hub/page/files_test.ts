/** Files that a verifier is brought, told apart by what is in them. */
import assert from "node:assert/strict";
import { kindOf } from "../../../hub/page/verify/files.ts";

const text = (text: string) => new TextEncoder().encode(text);

Deno.test("a verifier's files are told apart by what is in them", () => {
  assert.equal(kindOf(text('\n {"proof": []}')), "proof");
  assert.equal(kindOf(text('{"run_args": {}}')), "settings");
  for (const none of ["{}", "{", "[]", "", "a text"]) assert.equal(kindOf(text(none)), null, none);
  for (const columns of [49, "{".charCodeAt(0)]) {
    assert.equal(kindOf(Uint8Array.of(3, 14, 1, columns, 0, 0, 0, 1)), "vk", `a key of ${columns} columns`);
    assert.equal(kindOf(Uint8Array.of(3, 14, 1, 0, 0, 0, columns, 1)), "vk", `a key of ${columns} columns`);
  }
  for (
    const [name, bytes] of Object.entries({ version: [2, 14, 1], rows: [3, 99, 1], selectors: [3, 14, 2], short: [3] })
  ) {
    assert.equal(kindOf(Uint8Array.from(bytes)), null, name);
  }
  const srs = new Uint8Array(260 + 128 * 2 ** 10);
  srs.set([9, 0, 0, 0, 0x7b]);
  assert.equal(kindOf(srs), "srs");
});
