/**
 * What the public modules offer, as `deno doc` tells it: every function, constructor and
 * method that takes an argument.
 */
import { FROZEN } from "../frozen.ts";

interface Documented {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string; readonly def?: Definition }[];
}

interface Definition {
  readonly params?: readonly unknown[];
  readonly extends?: string | null;
  readonly constructors?: readonly { readonly accessibility?: string | null; readonly params: readonly unknown[] }[];
  readonly methods?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly accessibility?: string | null;
    readonly isStatic?: boolean;
    readonly functionDef: { readonly params: readonly unknown[] };
  }[];
}

/** Whether the last of the arguments is called options. */
export function takesOptions(params: readonly unknown[]): boolean {
  const last = params.at(-1) as { name?: string; left?: { name?: string } } | undefined;
  return (last?.name ?? last?.left?.name) === "options";
}

/**
 * `relu`, `Adam`, `Trainer.create`, `Trainer.fit`: the callables of a module that take an
 * argument, and classes that can be made.
 *
 * @param wanted Which ones, by their parameters; all unless given.
 */
export async function documented(
  module: string,
  wanted: (params: readonly unknown[]) => boolean = () => true,
): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...FROZEN, module],
    cwd: new URL("../../", import.meta.url),
    stderr: "null",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  const { nodes } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  const symbols = Object.values(nodes as Record<string, { symbols: Documented[] }>).flatMap(({ symbols }) => symbols);
  const names = new Set<string>();
  for (const { name, declarations } of symbols) {
    for (const { kind, def } of declarations) {
      if (kind === "function" && def!.params!.length > 0 && wanted(def!.params!)) names.add(name);
      if (kind !== "class") continue;
      const { constructors = [], methods = [] } = def!;
      const made = constructors.filter(({ accessibility }) => !accessibility || accessibility === "public");
      if (made.some(({ params }) => wanted(params))) names.add(name);
      for (const method of methods) {
        if (method.kind !== "method" || method.accessibility || method.functionDef.params.length === 0) continue;
        if (wanted(method.functionDef.params)) names.add(`${name}.${method.name}`);
      }
    }
  }
  return [...names].sort();
}
