/** The embedded hub is killed between jobs. */
import { killedBetweenJobs } from "./between_jobs.ts";
import { Invariants } from "./invariants.ts";
import { System } from "./system.ts";

Deno.test("jobs that wait outlast the embedded hub", async () => {
  await using system = await System.open({ shared: false });
  await killedBetweenJobs("embedded hub killed between jobs", system, new Invariants(system));
});
