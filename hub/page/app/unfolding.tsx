/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A part of a section that is folded away, and whose code is loaded when somebody looks at it.
 * @module
 */
import type { ComponentChildren, ComponentType, JSX } from "npm:preact@10.29.8";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { sentenceOf } from "./errors.ts";

/** What it is given. */
export interface UnfoldingProps {
  readonly class: string;
  /** What stands there while it is folded. */
  readonly summary: ComponentChildren;
  /** Loads the rest; where that fails, it is tried again when it is unfolded again. */
  readonly load: () => Promise<ComponentType>;
}

/** The part. */
export function Unfolding({ class: name, summary, load }: UnfoldingProps): JSX.Element {
  const content = useSignal<ComponentType | null>(null), problem = useSignal("");
  const unfold = async (isOpen: boolean): Promise<void> => {
    if (!isOpen || content.value !== null) return;
    problem.value = "";
    try {
      content.value = await load();
    } catch (error) {
      problem.value = `This part of the page could not be loaded: ${sentenceOf(error)}`;
    }
  };
  const Content = content.value;
  return (
    <details class={name} onToggle={({ currentTarget }) => void unfold(currentTarget.open)}>
      <summary>{summary}</summary>
      {Content ? <Content /> : problem.value === "" && <p class="quiet" role="status">Loading…</p>}
      {problem.value && <p class="notice bad" role="alert">{problem.value}</p>}
    </details>
  );
}
