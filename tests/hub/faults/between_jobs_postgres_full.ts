/** A hub on Postgres and S3 is killed between jobs. */
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { killedBetweenJobs } from "./between_jobs.ts";
import { Invariants } from "./invariants.ts";
import { System } from "./system.ts";

Deno.test({
  name: "jobs that wait in Postgres outlast the hub (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    await killedBetweenJobs("hub on Postgres killed between jobs", system, new Invariants(system));
  },
});
