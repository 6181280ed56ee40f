/**
 * Completion of commands and flags in shells, made from the command itself.
 * @module
 */
import type { Command } from "npm:commander@14.0.3";
import { oneOf } from "../../../core/base/known.ts";

/** The script for a shell; `more` are the flags of commands that have them from elsewhere. */
export function completionScript(
  shell: string,
  program: Command,
  more: Readonly<Record<string, readonly string[]>>,
): string {
  oneOf("completion: the shell", shell, ["bash", "zsh", "fish"]);
  const flags = new Map(
    program.commands.map((
      command,
    ) => [command.name(), more[command.name()] ?? command.options.flatMap(({ long }) => long ?? [])]),
  );
  const names = [...flags.keys()];
  if (shell === "fish") {
    const lines = [...flags].flatMap(([name, list]) =>
      list.map((flag) => `complete -c zkgrad -n "__fish_seen_subcommand_from ${name}" -l ${flag.slice(2)}`)
    );
    const first = `complete -c zkgrad -n "not __fish_seen_subcommand_from ${names.join(" ")}" -f -a "${
      names.join(" ")
    }"`;
    return `${[first, ...lines].join("\n")}\n`;
  }
  const cases = [...flags].map(([name, list]) => `    ${name}) words="${list.join(" ")}" ;;`);
  const load = shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return `${load}_zkgrad() {
  local words="${names.join(" ")}"
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _zkgrad zkgrad
`;
}
