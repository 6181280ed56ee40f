import assert from "node:assert/strict";
import { parseRunOptions } from "../../../hub/cli/run_options.ts";
import { FROZEN } from "../../frozen.ts";

const FLAGS = [
  "--epochs",
  "--quantization-aware",
  "--batch-size",
  "--lr",
  "--seed",
  "--data",
  "--out",
  "--resume",
  "--shuffle",
  "--limit",
  "--calibration",
  "--grey",
  "--quiet",
  "--help",
  "--no-prove",
  "--target",
  "--tolerance",
  "--scales",
  "--srs",
  "--hub",
  "--device",
  "--hub-key",
  "--hub-organization",
];

function refuses(args: string[], message: string): void {
  assert.throws(() => parseRunOptions(args), { name: "ArgumentError", message }, args.join(" "));
}

Deno.test("parseRunOptions() gives the tutorial's settings where nothing is said", () => {
  const { output, ...options } = parseRunOptions([]);
  assert.deepEqual(options, {
    device: "auto",
    epochs: 25,
    quantizationAware: 0,
    batchSize: 256,
    lr: undefined,
    seed: 0,
    data: undefined,
    grey: false,
    out: "out",
    resume: false,
    shuffle: false,
    limit: Number.MAX_SAFE_INTEGER,
    calibration: 8,
    prove: true,
    target: "fidelity",
    tolerance: 0.002,
    scales: undefined,
    srs: undefined,
    hub: undefined,
  });
  assert.equal(typeof output.write, "function");
});

Deno.test("parseRunOptions() reads every flag, with a space or an equals sign", () => {
  const values = {
    device: "cpu",
    epochs: 3,
    "batch-size": 32,
    lr: 0.01,
    seed: 7,
    data: "some/folder",
    out: "else where",
    limit: 100,
    calibration: 2,
    target: "fidelity",
    tolerance: 0.01,
    "quantization-aware": 4,
  };
  const { "batch-size": batchSize, "quantization-aware": quantizationAware, ...others } = values;
  for (const separator of [" ", "="]) {
    const args = Object.entries(values).flatMap(([name, value]) => {
      return separator === "=" ? [`--${name}=${value}`] : [`--${name}`, `${value}`];
    });
    const switches = ["--resume", "--shuffle", "--grey", "--no-prove"];
    const { output: _, ...options } = parseRunOptions([...args, ...switches, "--scales=2,7"]);
    const flags = {
      resume: true,
      shuffle: true,
      grey: true,
      prove: false,
      scales: [2, 7],
      srs: undefined,
      hub: undefined,
    };
    assert.deepEqual(options, { ...others, ...flags, batchSize, quantizationAware });
  }
});

Deno.test("parseRunOptions() takes the last of several values, and whole numbers however they are written", () => {
  assert.equal(parseRunOptions(["--epochs", "3", "--epochs", "5"]).epochs, 5);
  assert.equal(parseRunOptions(["--limit", "6e4"]).limit, 60_000);
  assert.equal(parseRunOptions(["--lr", ".5"]).lr, 0.5);
  assert.equal(parseRunOptions(["--seed", "9007199254740991"]).seed, Number.MAX_SAFE_INTEGER);
});

Deno.test("parseRunOptions() names an unknown flag, and a word that belongs to none", () => {
  refuses(["--epoch", "3"], "there is no flag --epoch, did you mean --epochs? --help lists the flags");
  refuses(["--nope=3"], "there is no flag --nope; --help lists the flags");
  refuses(["--no-shuffle"], "there is no flag --no-shuffle, did you mean --shuffle? --help lists the flags");
  refuses(["--constructor"], "there is no flag --constructor; --help lists the flags");
  refuses(["-x"], "there is no flag -x; --help lists the flags");
  refuses(["stray"], `"stray" belongs to no flag; --help lists the flags`);
  refuses(["--quiet", "yes"], `"yes" belongs to no flag; --help lists the flags`);
  refuses(["--", "3"], `"3" belongs to no flag; --help lists the flags`);
});

Deno.test("parseRunOptions() tells a value that is missing from one too many", () => {
  for (const flag of FLAGS.slice(0, 6)) {
    refuses([flag], `${flag} takes a value and was given none; --help lists the flags`);
  }
  refuses(["--out", "--quiet"], "--out takes a value and was given none before --quiet; --help lists the flags");
  for (const flag of ["--quiet", "--resume", "--shuffle", "--grey", "--help"]) {
    refuses([`${flag}=yes`], `${flag} takes no value and was given "yes"; --help lists the flags`);
  }
});

Deno.test("parseRunOptions() names the flag and the value of a bad number", () => {
  for (const flag of ["--epochs", "--batch-size", "--limit", "--calibration", "--seed", "--quantization-aware"]) {
    const least = flag === "--seed" || flag === "--quantization-aware" ? 0 : 1;
    for (const value of ["many", "", " ", "1.5", "-1", "NaN", "3 4", "5x", ...least === 1 ? ["0"] : []]) {
      const message = `${flag} takes a whole number of at least ${least} and was given "${value}"`;
      refuses([flag, value], message);
      refuses([`${flag}=${value}`], message);
    }
    for (const value of ["9007199254740992", "1e300", "Infinity"]) {
      refuses(
        [flag, value],
        `${flag} takes a whole number of at least ${least} and below 2^53 and was given "${value}"`,
      );
    }
  }
  for (const value of ["fast", "", "0", "-1e-3", "NaN", "Infinity", "1e400", "1e-400", "1,5"]) {
    refuses(["--lr", value], `--lr takes a number greater than 0 and was given "${value}"`);
  }
  for (const others of [["--target", "accuracy"], ["--hub", "local"]]) {
    refuses(
      ["--quantization-aware", "2", ...others],
      `--quantization-aware is for circuits of --target fidelity, and this one's is ${
        others[1] === "local" ? "resources" : "accuracy"
      }; --help lists the flags`,
    );
  }
});

Deno.test("parseRunOptions() tells a reference string's file from its address, and names what is no target, share or scale", () => {
  assert.deepEqual(parseRunOptions(["--srs", "kzg{k}.srs"]).srs, { path: "kzg{k}.srs" });
  assert.deepEqual(parseRunOptions(["--srs", "https://somewhere/kzg{k}"]).srs, { url: "https://somewhere/kzg{k}" });
  const targets = "fidelity, resources, resources/col-overflow, accuracy";
  refuses(["--target", "speed"], `--target takes ${targets} and was given "speed"; --help lists the flags`);
  for (const value of ["much", "", "-0.1", "1.5", "NaN"]) {
    refuses(["--tolerance", value], `--tolerance takes a number from 0 to 1 and was given "${value}"`);
  }
  refuses(["--scales", "2,x"], `--scales takes a whole number of at least 0 and was given "x"`);
});

Deno.test("parseRunOptions() refuses an empty path, which would be the root of the file system", () => {
  for (const flag of ["--out", "--data"]) {
    refuses([flag, ""], `${flag} takes the path of a folder and was given ""`);
    refuses([`${flag}=`], `${flag} takes the path of a folder and was given ""`);
  }
});

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      ...FROZEN,
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "examples/mnist/mnist.ts",
      ...args,
    ],
    cwd: new URL("../../../", import.meta.url),
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("parseRunOptions() asks more samples and another target for a hub", () => {
  const { hub, target, calibration, tolerance, prove } = parseRunOptions(["--hub", "local"]);
  assert.deepEqual(hub, { url: undefined, apiKey: undefined, organization: "local" });
  assert.deepEqual({ target, calibration, tolerance, prove }, {
    target: "resources",
    calibration: 300,
    tolerance: 0.01,
    prove: true,
  });
  const named = parseRunOptions([
    ...["--hub", "local", "--hub-organization", "mine", "--srs", "kzg-{k}"],
    ...["--target", "fidelity", "--calibration", "50", "--tolerance", "0"],
  ]);
  assert.equal(named.hub!.organization, "mine");
  assert.deepEqual([named.target, named.calibration, named.tolerance], ["fidelity", 50, 0]);
  assert.deepEqual(named.srs, { path: "kzg-{k}" });
});

Deno.test("parseRunOptions() takes a hub's key from its flag or from the environment", () => {
  const url = "https://hub.example.org/graphql";
  const name = "ZKGRAD_HUB_KEY";
  const before = Deno.env.get(name);
  try {
    Deno.env.delete(name);
    refuses(
      ["--hub", url],
      "--hub needs the hub's API key: give --hub-key, or set ZKGRAD_HUB_KEY; --help lists the flags",
    );
    assert.deepEqual(parseRunOptions(["--hub", url, "--hub-key", "a"]).hub, {
      url,
      apiKey: "a",
      organization: "local",
    });
    Deno.env.set(name, "b");
    assert.equal(parseRunOptions(["--hub", url]).hub!.apiKey, "b");
    assert.equal(parseRunOptions(["--hub", url, "--hub-key", "a"]).hub!.apiKey, "a");
    assert.equal(parseRunOptions(["--hub", "local"]).hub!.apiKey, undefined);
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
});

Deno.test("parseRunOptions() refuses flags that a hub makes no use of", () => {
  const help = "; --help lists the flags";
  const hub = ["--hub", "http://127.0.0.1:8000", "--hub-key", "a"];
  refuses(["--hub-key", "a"], `--hub-key and --hub-organization need --hub${help}`);
  refuses(
    ["--hub", "local", "--hub-key", "a"],
    `--hub-key is not for --hub local, which makes a key of its own${help}`,
  );
  for (const place of ["8000", "localhost:8000", "file:///etc", ""]) {
    const message = `--hub takes an address such as http://127.0.0.1:8000, or local, and was given "${place}"${help}`;
    refuses(["--hub", place], message);
  }
  refuses([...hub, "--no-prove"], `--hub and --no-prove exclude each other${help}`);
  refuses([...hub, "--scales", "2"], `--scales is not for --hub, which tries EZKL's own scales${help}`);
  refuses([...hub, "--srs", "x"], `--srs is not for --hub with an address: the hub has its own${help}`);
  refuses([...hub, "--hub-organization", ""], `--hub-organization takes a name and was given ""${help}`);
});

Deno.test("mnist.ts --help lists every flag and leaves with 0", async () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout, stderr } = await run(flag);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const listed = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name);
    assert.deepEqual(listed.sort(), [...FLAGS].sort());
    assert.ok(stdout.split("\n").every((line) => line.length <= 90), "a line is too wide");
  }
});

Deno.test("mnist.ts answers a bad flag with one sentence on stderr and leaves with 1", async () => {
  assert.deepEqual(await run("--lr", "-1"), {
    code: 1,
    stdout: "",
    stderr: 'error: --lr takes a number greater than 0 and was given "-1"\n',
  });
});
