import assert from "node:assert/strict";
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, namesOf, nearestName, oneOf } from "../../../core/base/known.ts";

const known = ["lr", "betas", "eps"];

Deno.test("checkOptions() takes nothing, an empty object, and what is known", () => {
  for (const options of [undefined, {}, { lr: 1 }, { lr: 1, eps: undefined }]) {
    checkOptions("new Adam()", options, known);
  }
});

Deno.test("checkOptions() names the option, the nearest one, and all that there are", () => {
  assert.throws(() => checkOptions("new Adam()", { beta: 1 }, known), (error: Error) => {
    assert.ok(error instanceof ArgumentError);
    assert.equal(
      error.message,
      "new Adam(): there is no option beta, did you mean betas? It takes lr, betas, eps",
    );
    return true;
  });
  assert.throws(() => checkOptions("new Adam()", { weightDecay: 1 }, known), {
    message: "new Adam(): there is no option weightDecay; it takes lr, betas, eps",
  });
  assert.throws(() => checkOptions("new ReLU()", { x: 1 }, []), {
    message: "new ReLU(): there is no option x; it takes none",
  });
});

Deno.test("checkOptions() refuses what is no object of options", () => {
  for (
    const [given, shown] of [
      [0.01, "0.01"],
      [null, "null"],
      ["a", '"a"'],
      [[1], "an array"],
      [false, "false"],
      [new Float32Array(1), "an object of Float32Array"],
      [Map, "the class or function Map"],
    ]
  ) {
    assert.throws(() => checkOptions("new Adam()", given, known), {
      message: `new Adam(): expected an object of options ({ lr, betas, eps }), got ${shown}`,
    });
  }
});

Deno.test("nearestName() looks past case and underscores, and finds nothing where nothing is near", () => {
  assert.equal(nearestName("batch_size", ["batchSize", "shuffle"]), "batchSize");
  assert.equal(nearestName("private", ["Private", "Public"]), "Private");
  assert.equal(nearestName("epochs", ["steps", "signal"]), undefined);
  assert.equal(nearestName("anything", []), undefined);
});

Deno.test("oneOf() gives the word back, or names the nearest", () => {
  assert.equal(oneOf("x", "KZG", ["KZG", "IPA"]), "KZG");
  assert.throws(() => oneOf("genSettings(), inputVisibility", "private", ["Private", "Public"]), {
    message: 'genSettings(), inputVisibility: there is no "private", did you mean Private? It takes Private, Public',
  });
});

Deno.test("namesOf() is held to the type by the compiler", () => {
  interface Options {
    readonly a: number;
    readonly b?: string;
  }
  assert.deepEqual(namesOf<Options>({ a: true, b: true }), ["a", "b"]);
  // @ts-expect-error: b is missing
  namesOf<Options>({ a: true });
  // @ts-expect-error: the type has no c
  namesOf<Options>({ a: true, b: true, c: true });
});

Deno.test("checkOptions() refuses an object of a class that has nothing to read", () => {
  for (const given of [new Map([["lr", 1]]), new Set(), new Date(), Promise.resolve()]) {
    assert.throws(() => checkOptions("new Adam()", given, known), {
      message: /expected an object of options .*, got an object of /,
    });
  }
  class Settings {
    lr = 1;
  }
  checkOptions("new Adam()", new Settings(), known);
  checkOptions("new Adam()", Object.assign(Object.create(null), { lr: 1 }), known);
});
