import assert from "node:assert/strict";
import { DataFolderBusyError } from "../../../hub/server/errors.ts";
import { openDataFolder } from "../../../hub/server/files/data_folder.ts";
import { keysText, runKeys } from "../../../hub/server/keys_command.ts";
import { defaultConfig } from "../../../hub/server/options.ts";
import { inFolder } from "../../folder.ts";

const SILENT = { info() {}, warn() {}, error() {} };

Deno.test("keys of a hub that runs on its embedded database: told which process it is, and what to do", async () => {
  await inFolder(async (data) => {
    // As a hub that runs holds it.
    const folder = await openDataFolder(data, null);
    try {
      await assert.rejects(
        runKeys(["create", "local", "laptop"], defaultConfig({ data }), SILENT),
        (error) => {
          assert.ok(error instanceof DataFolderBusyError);
          assert.deepEqual([error.path, error.process], [folder.path, `${Deno.pid}`]);
          assert.match(
            error.message,
            /^the hub that runs on \S+ \(process \d+\) has its embedded .* end it with Ctrl-C, .* run "keys create local laptop" again/,
          );
          assert.match(error.message, /on a Postgres \(DATABASE_URL\) this command does too$/);
          return true;
        },
      );
    } finally {
      folder.close();
    }
    const made = await runKeys(["create", "local", "laptop"], defaultConfig({ data }), SILENT);
    assert.match("apiKey" in made ? made.apiKey : "", /^zkg_/);
    assert.match(keysText(made), /^zkg_\S+\n$/);
    await runKeys(["create", "local", "phone", "read,prove"], defaultConfig({ data }), SILENT);
    await assert.rejects(
      runKeys(["create", "another", "phone", "write"], defaultConfig({ data }), SILENT),
      /scopes has "write", expected one or more of deploy, prove, read/,
    );
    const listed = keysText(await runKeys(["list"], defaultConfig({ data }), SILENT));
    assert.match(
      listed,
      /laptop +deploy,prove,read +made .*\n.* phone +prove,read +made .* active\n$/,
    );
  });
});
