import assert from "node:assert/strict";
import { FormatError } from "../../../../core/base/errors.ts";
import { type Scheme, schemeFrom } from "../../../../hub/ezkl/network/scheme.ts";

const scheme: Scheme = { inputScale: 0, tableScale: 8, dropBits: 3, outputScale: 4, binaryInputs: true };

Deno.test("schemeFrom() reads what JSON keeps of a scheme, and nothing else", () => {
  assert.deepEqual(schemeFrom(JSON.parse(JSON.stringify({ ...scheme, later: 1 }))), scheme);
});

Deno.test("schemeFrom() refuses a scheme with a number that is missing, broken or out of range", () => {
  for (const name of ["inputScale", "tableScale", "dropBits", "outputScale"]) {
    for (const value of [undefined, -1, 31, 1.5, "3", NaN, null]) {
      const broken = new RegExp(`zkgrad\\.${name} is .*; it must be a whole number from 0 to 30$`);
      assert.throws(() => schemeFrom({ ...scheme, [name]: value }), { name: FormatError.name, message: broken });
    }
    assert.equal(schemeFrom({ ...scheme, [name]: 30 })[name as "tableScale"], 30);
  }
});

Deno.test("schemeFrom() refuses what says nothing of binary inputs, and what is no object", () => {
  for (const value of [undefined, 0, "true", null]) {
    assert.throws(() => schemeFrom({ ...scheme, binaryInputs: value }), /zkgrad\.binaryInputs is .* true or false$/);
  }
  for (const value of [undefined, null, 3, "scheme", []]) assert.throws(() => schemeFrom(value), FormatError);
});
