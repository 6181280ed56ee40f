/** Errors of the library as sentences for visitors. */
import assert from "node:assert/strict";
import { sentence, sentenceOf } from "../../../hub/page/app/errors.ts";

Deno.test("an error is a sentence for a visitor, who called no function and knows which hub it is", () => {
  const told: [error: unknown, sentence: string][] = [
    [new Error("verify(): the key is of another circuit"), "The key is of another circuit."],
    [new Error("proveHub(): https://hub.example refuses: there is no artifact a1"), "There is no artifact a1."],
    [
      new Error("getHubKey(): http://a/graphql refuses: this key is not known; check apiKey, which may be revoked"),
      "This key is not known.",
    ],
    ["Failed to fetch", "Failed to fetch."],
    ["is it there?", "Is it there?"],
    ["it ends. And again", "It ends. And again."],
    // What must be written as it is.
    ["input_data[0] in input.json has 2 elements", "input_data[0] in input.json has 2 elements."],
    ["network/key.vk answers with 404", "network/key.vk answers with 404."],
    ["inputScale is 99", "inputScale is 99."],
    ["settings.json is none", "settings.json is none."],
  ];
  for (const [error, text] of told) assert.equal(sentenceOf(error), text);
  assert.equal(sentence("done"), "Done.");
});
