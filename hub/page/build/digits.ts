/**
 * Digits that a visitor may begin with: test images of MNIST, which no network here was trained on.
 * @module
 */
import { MNIST, sampleInput } from "../../../mod.ts";

/** Two of each digit, as bytes in hexadecimal: `{ label, pixels }`. */
export async function exampleDigits(): Promise<string> {
  const test = await MNIST.load({ train: false }), found: { label: number; pixels: string }[] = [];
  for (let index = 0; found.length < 20; index++) {
    const label = Number(test.targets.data[index]);
    if (found.filter((other) => other.label === label).length === 2) continue;
    const bytes = Uint8Array.from(sampleInput(test, index), (pixel) => Math.round(255 * pixel));
    found.push({ label, pixels: bytes.toHex() });
  }
  return JSON.stringify(found.sort((a, b) => a.label - b.label));
}
