import assert from "node:assert/strict";
import { rangeOf } from "../../../../hub/server/http/ranges.ts";

Deno.test("every range of a small file is what the standard says, and no range reaches beyond the file", () => {
  for (let size = 0; size < 5; size++) {
    for (let first = 0; first < 7; first++) {
      for (let last = 0; last < 7; last++) {
        const found = rangeOf(`bytes=${first}-${last}`, size);
        if (last < first) assert.equal(found, null);
        else if (first >= size) assert.equal(found, "none");
        else assert.deepEqual(found, { start: first, end: Math.min(last + 1, size) });
      }
      const open = rangeOf(`bytes=${first}-`, size);
      assert.deepEqual(open, first >= size ? "none" : { start: first, end: size });
      const suffix = rangeOf(`bytes=-${first}`, size);
      assert.deepEqual(suffix, first === 0 || size === 0 ? "none" : { start: Math.max(0, size - first), end: size });
    }
  }
});
