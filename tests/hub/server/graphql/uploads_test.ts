import assert from "node:assert/strict";
import { GENERATE, INITIATE, made, TestHub, uploads } from "../http/test_hub.ts";

Deno.test("an upload is looked at before a job takes it up", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const before = (await hub.services.store.counts()).artifacts;

  const refused = async (
    message: RegExp,
    changes: Record<string, unknown>,
    parts: Record<string, string | Uint8Array<ArrayBuffer>> = {},
  ) => {
    const { data, errors } = await hub.deploy(changes, parts);
    assert.equal(data ?? null, null, `${message}`);
    assert.match(errors[0].message, message);
    assert.equal(errors[0].extensions.code, "BAD_REQUEST");
  };

  await t.step("names of one line, and descriptions without control characters", async () => {
    for (const name of ["", "   ", "x".repeat(201)]) {
      await refused(/^name has \d+ characters, expected 1 to 200$/, { name });
    }
    for (const name of ["a\nb", "a\0b", "a\x1b[31mb", "a\u2028b", "a\u0085b"]) {
      await refused(/control character/, { name });
    }
    await refused(/description has 5001 characters/, { description: "x".repeat(5001) });
    await refused(/control character/, { description: "a\0b" });
    for (
      const name of [
        "../../etc/passwd",
        "/dev/null",
        "C:\\x",
        "%2e%2e",
        "'; DROP TABLE artifacts; --",
        "名前 🚀",
        "__proto__",
      ]
    ) {
      const { data, errors } = await hub.deploy({ name });
      assert.deepEqual(errors, []);
      assert.equal(data.generateArtifact.name, name);
      await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: data.generateArtifact.id });
    }
    const { data } = await hub.deploy({ name: "  spaces  ", description: "two\nlines" });
    assert.equal(data.generateArtifact.name, "spaces");
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: data.generateArtifact.id });
  });

  await t.step("targets, tolerances, visibilities and run arguments that EZKL has", async () => {
    await refused(/calibrationTarget is "speed", expected one of resources, accuracy/, { calibrationTarget: "speed" });
    await refused(/tolerance is -1/, { tolerance: -1 });
    await refused(/inputVisibility is "hidden"/, { inputVisibility: "hidden" });
    await refused(/paramVisibility/, { paramVisibility: "public" });
    await refused(/all Private/, { outputVisibility: "Private", paramVisibility: "Private" });
    await refused(/runArgs is no JSON object/, { runArgs: "[]" });
    await refused(/runArgs is no JSON object/, { runArgs: "{" });
    await refused(/"scale"/, { runArgs: '{"scale": 7}' });
    await refused(/inputScale/, { runArgs: '{"inputScale": "7"}' });
    await refused(/inputScale/, { runArgs: '{"inputScale": 1000}' });
    await refused(/runArgs has 10001 characters/, { runArgs: " ".repeat(10_001) });
    await refused(/__proto__/, { runArgs: '{"__proto__": 7}' });
  });

  await t.step("settings that are a circuit's, and say what the mutation says", async () => {
    const query = GENERATE.replace("$input: Upload!,", "$input: Upload!, $settings: Upload,")
      .replace("input: $input,", "input: $input, settings: $settings,");
    assert.notEqual(query, GENERATE);
    const own = await made("settings.json"), text = new TextDecoder().decode(own);
    const files = await uploads();
    const sent = (settings: string | Uint8Array<ArrayBuffer>, changes: Record<string, unknown> = {}) =>
      hub.upload(query, { ...hub.deployment(), ...changes }, { ...files, settings });
    const wrong: [settings: string, message: RegExp, changes?: Record<string, unknown>][] = [
      ["{}", /settings/],
      ["no JSON", /settings/],
      [text.replace(/"logrows": ?\d+/, '"logrows":99'), /logrows is 99/],
      [" ".repeat(2 ** 20 + 1), /settings has 1048577 bytes/],
      [text, /^inputVisibility is public, and the settings have private; ask for what they have$/, {
        inputVisibility: "public",
      }],
    ];
    for (const [settings, message, changes] of wrong) {
      const { data, errors } = await sent(settings, changes);
      assert.equal(data ?? null, null, `${message}`);
      assert.match(errors[0].message, message);
      assert.equal(errors[0].extensions.code, "BAD_REQUEST");
    }
    const { data, errors } = await sent(own);
    assert.deepEqual(errors, []);
    const { files: kept } = (await hub.services.store.artifact(data.generateArtifact.id, hub.organization.id))!;
    assert.deepEqual(Object.keys(kept).toSorted(), ["network.onnx", "settings.json"]);
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: data.generateArtifact.id });
  });

  await t.step("models that are ONNX, as far as can be seen at once", async () => {
    const model = await made("network.onnx");
    await refused(/is empty/, {}, { uncompiledModel: new Uint8Array() });
    await refused(/no ONNX file/, {}, { uncompiledModel: "hello, I am a text" });
    await refused(/is a Git LFS pointer/, {}, { uncompiledModel: "version https://git-lfs.github.com/spec/v1\n" });
    await refused(/no ONNX file/, {}, { uncompiledModel: model.slice(0, -5) });
    await refused(/no graph/, {}, { uncompiledModel: Uint8Array.of(8, 8) });
    await refused(/no ONNX file/, {}, { uncompiledModel: new Uint8Array(100_000) });
    await refused(/no ONNX file/, {}, { uncompiledModel: new Uint8Array(100_000).fill(255) });
    // Many fields of two bytes.
    await refused(/no ONNX file/, {}, { uncompiledModel: new Uint8Array(1_000_000).fill(8) });
  });

  await t.step("inputs that are numbers; what is wrong in them is told without what is in them", async () => {
    const secret = "8675309";
    const wrong: [string | Uint8Array<ArrayBuffer>, RegExp][] = [
      ["", /is not JSON/],
      [`{"input_data": [[${secret}`, /is not JSON/],
      [`${secret} is the secret`, /is not JSON/],
      [Uint8Array.of(0xff, 0xfe, 0x7b), /not JSON in UTF-8/],
      [`{"input": [[${secret}]]}`, /no lists of numbers/],
      [`{"input_data": [${secret}]}`, /no lists of numbers/],
      [`{"input_data": [[1, 2], ${secret}]}`, /no lists of numbers/],
      [`{"input_data": [[1, 2], [0.5, "${secret}"]]}`, /element 1 of list 1 of "input_data"/],
      [`{"input_data": [[1], []]}`, /no numbers under list 1/],
      [`{"input_data": []}`, /no lists of numbers/],
      [`{"input_data": [[]]}`, /no numbers/],
      [`[[${secret}]]`, /no lists of numbers/],
      [`{"input_data": [[0.5, "${secret}"]]}`, /element 1 of "input_data"/],
      [`{"input_data": [[[${secret}]]]}`, /element 0 of/],
      [`{"input_data": [[1, 2, ${secret}e300]]}`, /element 2 of/],
      [`{"input_data": [[null]]}`, /element 0 of/],
      [`{"input_data": [[${"[".repeat(100_000)}`, /is not JSON/],
    ];
    for (const [input, message] of wrong) {
      for (const name of ["input", "calibrationInput"]) {
        const { data, errors } = await hub.deploy({}, { [name]: input });
        assert.equal(data ?? null, null);
        assert.match(errors[0].message, message);
        assert.match(errors[0].message, new RegExp(`\\b${name} `));
        assert.ok(!errors[0].message.includes(secret));
      }
    }
    assert.ok(!JSON.stringify(hub.lines).includes(secret));
  });

  await t.step("calibration inputs that hold whole samples", async () => {
    const numbers = (count: number) => JSON.stringify({ input_data: [Array(count).fill(0.5)] });
    await refused(/calibrationInput has 17 numbers, expected a multiple of 8/, {}, { calibrationInput: numbers(17) });
    const lists = (...counts: number[]) =>
      JSON.stringify({ input_data: counts.map((count) => Array(count).fill(0.5)) });
    const input = lists(2, 3);
    const of = (calibrationInput: string) => ({ input, calibrationInput });
    await refused(/calibrationInput has 1 lists .* and input has 2, expected as many/, {}, of(lists(6)));
    await refused(/calibrationInput has 8 numbers in list 1, expected a multiple of 3/, {}, of(lists(4, 8)));
    await refused(/calibrationInput has 3 samples in list 1, expected 2 as in list 0/, {}, of(lists(4, 9)));
    const two = await hub.deploy({}, of(lists(4, 6)));
    assert.deepEqual(two.errors, []);
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: two.data.generateArtifact.id });
    const { data, errors } = await hub.deploy({}, { calibrationInput: numbers(16) });
    assert.deepEqual(errors, []);
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: data.generateArtifact.id });
  });

  await t.step("large inputs too, while others are answered", async () => {
    const large = `{"input_data": [[${"0.123456789, ".repeat(1_000_000)}0.5]]}`;
    let slowest = 0, asking = true;
    const others = (async () => {
      while (asking) {
        const began = performance.now();
        await hub.graphql("{ organizations { id } }");
        slowest = Math.max(slowest, performance.now() - began);
      }
    })();
    const { data, errors } = await hub.deploy({}, { input: large, calibrationInput: large });
    const wrong = await hub.deploy({}, { input: large.replace("0.5]]", '"8675309"]]') });
    asking = false;
    await others;
    assert.deepEqual(errors, []);
    assert.match(wrong.errors[0].message, /^element 1000000 of "input_data" in input is no number/);
    assert.ok(slowest < 2000, `${slowest} ms`);
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: data.generateArtifact.id });
  });

  await t.step("files that are no files", async () => {
    const query = `mutation($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) { id } }`;
    for (const input of ["text", 3, {}, [], { size: 3 }, null]) {
      const { data, errors } = await hub.graphql(query, { input, id: crypto.randomUUID() });
      assert.equal(data ?? null, null);
      assert.equal(errors[0].extensions.code, "BAD_REQUEST");
    }
    const literal = await hub.graphql(`mutation { initiateProof(input: "x", id: "y") { id } }`);
    assert.match(literal.errors[0].message, /multipart/);
    // And files where there should be none.
    const swapped = await hub.upload("query($id: String!) { artifact(id: $id) { id } }", {}, { id: "text" });
    assert.equal(swapped.data ?? null, null);
    assert.equal(swapped.errors[0].extensions.code, "BAD_REQUEST");
  });

  await t.step("a proof's input is looked at too, and encrypted", async () => {
    const artifact = await hub.artifact();
    const wrong = await hub.upload(INITIATE, { id: artifact.id }, { input: "8675309 no json" });
    assert.match(wrong.errors[0].message, /^input is not JSON/);
    const text = `{"input_data": [[8675309.5]]}`;
    const { data } = await hub.upload(INITIATE, { id: artifact.id }, { input: text });
    const record = (await hub.services.store.proof(data.initiateProof.id, hub.organization.id))!;
    const stored = await Deno.readTextFile(`${hub.files}/${record.files["input.json"].key}`);
    assert.ok(!stored.includes("8675309"));
    assert.equal(new TextDecoder().decode(await hub.services.blobs.read(record.files["input.json"])), text);
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: artifact.id });
  });

  await t.step("and what was refused or deleted left nothing", async () => {
    assert.deepEqual((await hub.services.store.counts()).artifacts, before);
    assert.deepEqual(await hub.unfinished(), []);
    const privates = `${hub.files}/private`;
    const left = await Array.fromAsync(Deno.readDir(privates), ({ name }) => name).catch(() => []);
    assert.deepEqual(left, []);
    assert.ok(!JSON.stringify(hub.lines).includes("8675309"));
  });
});
