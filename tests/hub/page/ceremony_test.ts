/** The page with a ceremony's reference string: it says what that means, and its proofs hold in another profile. */
import assert from "node:assert/strict";
import { manualSeed, nn } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { calibrateSettings, compileCircuit, describeSrs, genSettings, genSrs } from "../../../hub/ezkl/mod.ts";
import { settingsToJson } from "../../../hub/ezkl/mod.ts";
import { writeNetwork } from "../../../hub/page/build/network.ts";
import { someDigits } from "../../../hub/page/train/write_digits.ts";
import { samplesOf } from "../../../hub/page/train/circuits.ts";
import { inFolder } from "../../folder.ts";
import { builtPage, draw, host, launch, open, SEVEN, there } from "./harness.ts";

const CEREMONY = new URL("../../../../shared/fixtures/srs/ceremony_k12.srs", import.meta.url).pathname;
const known = await Deno.stat(CEREMONY).then(() => true, () => false);
const missing = there ? "shared/fixtures/srs/ceremony_k12.srs is not there" : "/usr/bin/chromium is not installed";

/** A network that is quickly proven, as a run of the tutorial leaves it; nobody taught it anything. */
async function writeRun(folder: string): Promise<number> {
  manualSeed(1);
  const onnx = exportOnnx(new nn.Sequential(new nn.AvgPool2d(7), new nn.Flatten(), new nn.Linear(16, 10)), [1, 28, 28]);
  const seen = { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" } as const;
  const { choose } = await someDigits({ train: 1, choose: 50, test: 1 });
  const { onnx: rounded, settings } = await calibrateSettings(onnx, genSettings(onnx, seen), "", {
    target: "fidelity",
    examination: samplesOf(choose),
    tolerance: 1,
    tableRows: [6],
    maxLogrows: 8,
  });
  await Deno.writeFile(`${folder}/network_pooled.onnx`, onnx);
  await Deno.writeFile(`${folder}/network.compiled`, compileCircuit(rounded, settings));
  await Deno.writeTextFile(`${folder}/settings.json`, settingsToJson(settings));
  return settings.runArgs.logrows;
}

Deno.test({
  name: there && known ? "the page of a ceremony" : `the page of a ceremony (ignored: ${missing})`,
  ignore: !there || !known,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const built = await builtPage();
    await inFolder(async (folder) => {
      const run = `${folder}/run`, page = `${folder}/page`;
      await Deno.mkdir(run);
      const logrows = await writeRun(run), told: string[] = [];
      assert.ok(logrows < 10, `${logrows}: cutting the string takes twice as long for each more`);
      await new Deno.Command("cp", { args: ["-r", built, page] }).output();
      await Deno.remove(`${page}/network`, { recursive: true });
      const make = (srs: string) =>
        writeNetwork({ network: run, srs, cache: `${folder}/cache` }, `${page}/network`, (line) => told.push(line));
      await make(CEREMONY);
      assert.match(told.join(), new RegExp(`string of 2\\^12 rows is cut to the circuit's 2\\^${logrows}`));
      const { origin, exact } = await describeSrs(await Deno.readFile(`${page}/network/kzg.srs`));
      assert.deepEqual({ origin, exact }, { origin: "ceremony", exact: true });
      const refused = async (srs: Uint8Array, message: RegExp) => {
        await Deno.writeFile(`${folder}/other.srs`, srs);
        await assert.rejects(make(`${folder}/other.srs`), message);
      };
      await refused(await genSrs(logrows), /--srs is .*other\.srs, which is not of the ceremony/);
      await refused(await genSrs(logrows - 1), /is for k = \d, expected \d or more/);
      await refused(new Uint8Array(1000), /no reference string/);
      await assert.rejects(make(`${folder}/none.srs`), /none\.srs, which cannot be read/);

      const browser = await launch();
      await using own = host(page);
      try {
        const first = await open(browser, own.address);
        await draw(first.page, SEVEN);
        await first.page.locator("button:enabled", { hasText: "Prove here" }).click();
        await first.page.waitForSelector(".verifier .notice", { timeout: 120_000 });
        const link = await first.page.locator('button[data-text*="#proof="]').getAttribute("data-text");
        const second = await open(browser, link!);
        await second.page.waitForSelector(".verifier .notice");
        for (const { page } of [first, second]) {
          const text = await page.locator(".verifier").innerText();
          assert.match(text, /The proof holds/);
          assert.match(text, /reference string is the public ceremony's: nobody knows the secret/);
          assert.doesNotMatch(
            await page.locator("body").innerText(),
            /unsafe|made on one machine|test string|give with --srs/i,
          );
        }
      } finally {
        await browser.close();
      }
    });
  },
});
