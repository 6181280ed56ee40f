/** A second hub is started on the folder of one that runs. */
import { Invariants } from "./invariants.ts";
import { refusedSecondHubs } from "./second_hubs.ts";
import { ROUNDS } from "./rounds.ts";
import { System } from "./system.ts";

Deno.test("a second hub on one folder is refused and does the first no harm", async () => {
  await using system = await System.open({ shared: false });
  await refusedSecondHubs(system, new Invariants(system), ROUNDS);
});
