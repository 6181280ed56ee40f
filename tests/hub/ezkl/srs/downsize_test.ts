/** A shorter reference string cut from a longer one: the ceremony's own files, and those of a secret that is known. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { describeSrs, genSrs } from "../../../../hub/ezkl/mod.ts";
import { downsizeSrs } from "../../../../hub/ezkl/srs/downsize.ts";

const CEREMONY = new URL("../../../../../shared/fixtures/srs/ceremony_k12.srs", import.meta.url);
const file = await Deno.readFile(CEREMONY).catch(() => null);

Deno.test({
  name: file
    ? "the ceremony's string, cut, is to the byte the one that it published for fewer rows"
    : "the ceremony's string, cut (ignored: shared/fixtures/srs/ceremony_k12.srs is not there)",
  ignore: file === null,
  async fn() {
    for (const logrows of [1, 5, 7]) {
      const { logrows: found, origin, exact } = await describeSrs(downsizeSrs(file!, logrows));
      assert.deepEqual({ found, origin, exact }, { found: logrows, origin: "ceremony", exact: true });
    }
  },
});

Deno.test("a string of a known secret, cut, is the one that the secret gives; a shorter one is refused", async () => {
  const secret = 0x1234567890abcdefn ** 3n;
  assert.deepEqual(downsizeSrs(await genSrs(6, { secret }), 4), await genSrs(4, { secret }));
  const five = await genSrs(5, { secret });
  assert.equal(downsizeSrs(five, 5), five);
  assert.throws(
    () => downsizeSrs(five, 6),
    (error) =>
      error instanceof ArgumentError && /is for k = 5, expected 6 or more; .* \(8452 bytes\)$/.test(error.message),
  );
});
