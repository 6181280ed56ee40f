/** Projects of others, with the package installed from its tarball as they install it. */
import assert from "node:assert/strict";
import * as esbuild from "npm:esbuild@0.28.2";
import { inFolder } from "../folder.ts";
import { buildPackage } from "./build.ts";

/** What projects install beside it, by exact version. */
export const PINNED = {
  bun: "bun@1.4.5",
  esbuild: "esbuild@0.28.2",
  typescript: ["typescript@5.9.3", "typescript@7.0.2"],
  vite: "vite@8.3.8",
  node: "node@26.10.0",
  webgpu: "@webgpu/types@0.1.74",
} as const;

/** What a program said, and how it ended. */
export interface Ran {
  /** Its exit code. */
  code: number;
  /** Its standard output. */
  out: string;
  /** Its standard error. */
  err: string;
}

/** A project: a folder and a way to run programs in it. */
export interface Project {
  /** Its folder. */
  folder: string;
  /** Runs a program, by name or by path in the folder. */
  run(program: string, ...args: string[]): Promise<Ran>;
  /** The same for what is to end well; its standard output. */
  output(program: string, ...args: string[]): Promise<string>;
}

/** Calls `body` with projects that are made of packages, the first of which is the tarball of this working tree. */
export async function withProjects(
  body: (project: (...packages: string[]) => Promise<Project>) => Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    const tarball = await buildPackage(root);
    let count = 0;
    await body(async (...packages) => {
      const folder = `${root}/project${count++}`;
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }');
      const project = projectIn(folder);
      await project.output("npm", "install", "--no-audit", "--no-fund", tarball, ...packages);
      return project;
    });
  });
}

/** The project that lies in a folder. */
export function projectIn(folder: string): Project {
  const run = async (program: string, ...args: string[]): Promise<Ran> => {
    const command = program.startsWith("node_modules/") ? `${folder}/${program}` : program;
    // npm says of its scripts where it was called, which is not where they run.
    const env = { NO_COLOR: "1", INIT_CWD: "/" };
    const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd: folder, env }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  };
  const output = async (program: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await run(program, ...args);
    assert.equal(code, 0, `${program} ${args.join(" ")}\n${out}${err}`);
    return out;
  };
  return { folder, run, output };
}

/** Copies programs of this folder into a project: `plain` ones as JavaScript, as Node 20 reads it. */
export async function copyPrograms(
  { folder }: Project,
  names: readonly string[],
  { plain }: { plain: boolean },
): Promise<void> {
  try {
    for (const name of names) {
      const text = await Deno.readTextFile(new URL(`${name}.ts`, import.meta.url));
      if (!plain) await Deno.writeTextFile(`${folder}/${name}.ts`, text);
      else {
        const { code } = await esbuild.transform(text, { loader: "ts", format: "esm" });
        await Deno.writeTextFile(`${folder}/${name}.js`, code.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
      }
    }
  } finally {
    await esbuild.stop();
  }
}

/** A program of npm's packages that a project has installed. */
export const bin = (name: string): string => `node_modules/.bin/${name}`;
