/**
 * What the public modules offer, as `deno doc` tells it: every function, constructor and
 * method that takes an argument.
 */

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

/** `relu`, `Adam`, `Trainer.create`, `Trainer.fit`: the callables of a module that take an argument, and classes that can be made. */
export async function documented(module: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", module],
    cwd: new URL("../../", import.meta.url),
    stderr: "null",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  const { nodes } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  const symbols = Object.values(nodes as Record<string, { symbols: Documented[] }>).flatMap(({ symbols }) => symbols);
  const names = new Set<string>();
  for (const { name, declarations } of symbols) {
    for (const { kind, def } of declarations) {
      if (kind === "function" && def!.params!.length > 0) names.add(name);
      if (kind !== "class") continue;
      const { constructors = [], methods = [] } = def!;
      const made = constructors.filter(({ accessibility }) => !accessibility || accessibility === "public");
      if (made.length > 0) names.add(name);
      for (const method of methods) {
        if (method.kind !== "method" || method.accessibility || method.functionDef.params.length === 0) continue;
        names.add(`${name}.${method.name}`);
      }
    }
  }
  return [...names].sort();
}
