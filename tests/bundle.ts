import * as esbuild from "npm:esbuild@0.28.2";
import { fileURLToPath } from "node:url";

/** Finds `npm:` packages where Deno keeps them, as the bundlers of projects find those that npm installed. */
const packages: esbuild.Plugin = {
  name: "npm",
  setup(build) {
    build.onResolve({ filter: /^npm:/ }, async ({ path, kind }) => {
      // What is loaded when it is asked for stays outside.
      if (kind === "dynamic-import") return { path, external: true };
      await import(path); // until then it may not be in the cache
      return { path: fileURLToPath(import.meta.resolve(path)) };
    });
  },
};

/** One module for browsers of each entry, given from the repository's root. */
export async function bundle(
  entryPoints: string[],
  options: { minify?: boolean } = {},
): Promise<esbuild.BuildResult<{ metafile: true; write: false }>> {
  const platform = { platform: "browser", format: "esm", target: "es2022" } as const;
  const absWorkingDir = fileURLToPath(new URL("../", import.meta.url));
  try {
    const base = { absWorkingDir, entryPoints, outdir: "/", bundle: true, write: false, metafile: true } as const;
    return await esbuild.build({ ...base, ...platform, ...options, logLevel: "silent", plugins: [packages] });
  } finally {
    await esbuild.stop();
  }
}
