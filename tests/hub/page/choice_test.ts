/** Networks that take time to be made: the one that the visitor chose last is in use, whichever is done first. */
import assert from "node:assert/strict";
import { choose, network, type PageNetwork } from "../../../hub/page/app/network.ts";

/** A network that is told from others by its name. */
const named = (name: string) => ({ about: { name } }) as PageNetwork;

Deno.test("the network that was chosen last is in use, whichever is made first", () => {
  const [first, last] = [named("first"), named("last")];
  const useFirst = choose(), useLast = choose();
  assert.equal(useFirst(first), false, "it gives way to what is made still");
  assert.equal(network.value, null);
  assert.equal(useLast(last), true);
  assert.equal(useFirst(first), false);
  assert.equal(network.value, last);
  assert.equal(choose()(first), true);
  assert.equal(network.value, first);
  network.value = null;
});
