/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * A few numbers side by side, each with its name.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";

/** The numbers, as text. */
export function Figures({ figures }: {
  readonly figures: readonly (readonly [name: string, value: string])[];
}): JSX.Element {
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
