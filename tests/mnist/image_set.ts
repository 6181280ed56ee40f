/** A small set of images as IDX files, for the tutorial. */
import { formatIdx } from "../../core/data/idx.ts";
import { Generator } from "../../mod.ts";

/** 300 + 300 images of a bright row whose position is the class, in noise, as IDX files. */
export async function writeSet(folder: string, size = 28, classes = 10): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [seed, set] of ["train", "t10k"].entries()) {
    const noise = new Generator(seed).fillUniform(new Float32Array(300 * size * size), 0, 160);
    const labels = Uint8Array.from({ length: 300 }, (_, n) => n % classes);
    const images = Uint8Array.from(noise, (value, k) => {
      const row = Math.floor(k / size) % size;
      return Math.floor(row / 2) - 2 === labels[Math.floor(k / size / size)] ? 255 : value;
    });
    await Deno.writeFile(`${folder}/${set}-images-idx3-ubyte`, formatIdx({ shape: [300, size, size], bytes: images }));
    await Deno.writeFile(`${folder}/${set}-labels-idx1-ubyte`, formatIdx({ shape: [300], bytes: labels }));
  }
}
