/**
 * The Python that has the newest PyTorch: in `.venv-torch`, an environment of the bench's own,
 * made at the first run from `requirements.txt`, where every version is pinned.
 * @module
 */
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../.venv-torch", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));

/** Its interpreter. */
export const TORCH_PYTHON = `${FOLDER}/bin/python`;

async function runs(program: string, ...args: string[]): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args, stdout: "null", stderr: "piped" }).output();
    return success ? null : new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "it failed";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether PyTorch is there. Looked for, not imported: importing it takes seconds. */
export async function hasTorch(): Promise<boolean> {
  const search = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
  return await runs(TORCH_PYTHON, "-I", "-c", search) === null;
}

/**
 * Makes the environment where there is none. PyPI's wheel brings CUDA with it, several gigabytes.
 * @param say Takes a line before the minutes that this takes.
 * @returns Why there is none, or null.
 */
export async function makeTorch(say: (line: string) => void): Promise<string | null> {
  if (await hasTorch()) return null;
  say("installing PyTorch into .venv-torch, once: several gigabytes");
  return await runs("python3", "-m", "venv", FOLDER) ??
    await runs(TORCH_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS);
}
