/**
 * The real onnx.checker: Debian's python3-onnx, where it is installed.
 * @module
 */
import assert from "node:assert/strict";

const PYTHON = "/usr/bin/python3";

/** For each model, given in hexadecimal: whether the checker takes it, and whether Python writes the same bytes. */
const SCRIPT = `
import json, sys, onnx
results = []
for text in json.load(sys.stdin):
    data = bytes.fromhex(text)
    model = onnx.load_from_string(data)
    same = model.SerializeToString() == data
    try:
        onnx.checker.check_model(model, full_check=True)
        results.append([None, same])
    except Exception as error:
        results.append([str(error) or "refused", same])
print(json.dumps(results))
`;

/** Runs a script in Debian's Python and returns what it prints; a script that fails is an assertion that fails. */
export async function python(script: string, input: string = ""): Promise<string> {
  // Isolated, because the working directory may hold a folder of the name onnx, which is a package to Python.
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(PYTHON, { args: ["-I", "-c", script], ...piped }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What the checker (with `full_check`) has against each model, null for nothing; and whether Python writes its bytes. */
export async function check(models: readonly Uint8Array[]): Promise<[problem: string | null, same: boolean][]> {
  return JSON.parse(await python(SCRIPT, JSON.stringify(models.map((bytes) => bytes.toHex()))));
}

/** Whether the checker can be run. */
export const checkerIsPresent: boolean =
  (await Deno.permissions.query({ name: "run", command: PYTHON })).state === "granted" &&
  await python("import onnx.checker").then(() => true, () => false);

/** What the checker needs, for the names of tests that are skipped without it. */
export const CHECKER_NEEDS: string = `[needs --allow-run=${PYTHON} and Debian's python3-onnx]`;

/** A test that is skipped, and says so, where the checker cannot be run. */
export function checkerTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: checkerIsPresent ? name : `${name} ${CHECKER_NEEDS}`, ignore: !checkerIsPresent, fn });
}
