/** Flags and environment of the hub. */
import assert from "node:assert/strict";
import { ConfigError } from "../../../hub/server/errors.ts";
import { helpText, parseCommand } from "../../../hub/server/options.ts";

const none = () => undefined;
const S3 = { S3_ENDPOINT: "http://127.0.0.1:9", S3_BUCKET: "b", S3_ACCESS_KEY_ID: "a", S3_SECRET_ACCESS_KEY: "s" };
const SHARED = { DATABASE_URL: "postgres://hub@localhost/hub", ...S3 };

function given(env: Record<string, string>): (name: string) => string | undefined {
  return (name) => env[name];
}

Deno.test("without flags a hub serves and works on one folder, for this machine only", () => {
  const { name, config } = parseCommand([], none);
  assert.equal(name, "hub");
  assert.deepEqual([config.host, config.port, config.data, config.databaseUrl, config.s3], [
    "127.0.0.1",
    8000,
    "hub-data",
    null,
    null,
  ]);
  assert.deepEqual([config.serve, config.work, config.introspection, config.serveProvingKeys], [
    true,
    true,
    false,
    false,
  ]);
  assert.ok(config.memoryGiB >= 1);
});

Deno.test("flags win over the environment", () => {
  const env = given({ PORT: "1", HOST: "0.0.0.0", CORS_ORIGINS: "https://a.example" });
  const { config } = parseCommand(["--port", "2", "--max-upload=7", "--cors", "https://b.example, *"], env);
  assert.deepEqual([config.port, config.host, config.maxUpload], [2, "0.0.0.0", 7 * 2 ** 20]);
  assert.deepEqual(config.cors, ["https://b.example", "*"]);
});

Deno.test("a worker takes jobs and does not serve; a hub can serve only", () => {
  const worker = parseCommand(["worker", "--memory", "4"], given(SHARED));
  assert.deepEqual([worker.config.serve, worker.config.work, worker.config.memoryGiB], [false, true, 4]);
  const hub = parseCommand(["--no-worker"], given(SHARED));
  assert.deepEqual([hub.config.serve, hub.config.work], [true, false]);
  assert.deepEqual(hub.config.s3, {
    endpoint: "http://127.0.0.1:9",
    bucket: "b",
    region: "us-east-1",
    accessKeyId: "a",
    secretAccessKey: "s",
  });
});

Deno.test("every flag and variable of the help is one that is read", () => {
  const help = helpText({ hub: "deno task hub", worker: "deno task worker" });
  for (const [flag] of help.matchAll(/--[a-z-]+/g)) {
    const needsValue = new RegExp(`${flag} [A-Z]`).test(help);
    const value = flag === "--cors" ? "*" : "4";
    assert.doesNotThrow(() => parseCommand(needsValue ? [flag, value] : [flag], given(SHARED)), flag);
  }
});

const wrong: [string[], Record<string, string>, RegExp][] = [
  [["--prot", "1"], {}, /--prot.*--help lists the flags/],
  [["serve"], {}, /"serve" is no command; expected hub, worker or keys/],
  [["--port", "x"], {}, /--port is "x"; expected a whole number from 0 to 65535/],
  [["--memory", "0"], {}, /--memory is "0"; expected a whole number from 1/],
  [["--cors", "example.org"], {}, /--cors names "example.org"; expected \* or an origin such as https/],
  [["worker"], {}, /embedded database belongs to one process; set DATABASE_URL/],
  [["worker"], { DATABASE_URL: SHARED.DATABASE_URL }, /set S3_ENDPOINT/],
  [["--no-worker"], {}, /set DATABASE_URL/],
  [[], { DATABASE_URL: "mysql://x" }, /does not begin with postgres:\/\//],
  [[], { S3_ENDPOINT: "http://x" }, /S3_BUCKET and S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set too/],
  [[], { ZKGRAD_HUB_SECRET: "abc" }, /not 64 hex digits; make one with: openssl rand -hex 32/],
];
for (const [args, env, message] of wrong) {
  Deno.test(`"${args.join(" ")}" with ${Object.keys(env).join(", ") || "no variable"} is refused with a sentence`, () => {
    assert.throws(() => parseCommand(args, given(env)), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a secret is never repeated in an error", () => {
  assert.throws(
    () => parseCommand([], given({ ZKGRAD_HUB_SECRET: "f00dface" })),
    (error) => !(error as Error).message.includes("f00dface"),
  );
});
