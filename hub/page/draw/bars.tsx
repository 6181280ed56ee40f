/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What the network says, digit by digit.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { answer, largest } from "./answer.ts";

/** Ten bars, with the circuit's numbers and the float network's beside them. */
export function Bars(): JSX.Element {
  const said = answer.value, shares = said === null ? null : softmax(said.circuit);
  const best = said === null ? -1 : largest(said.circuit);
  return (
    <table class="bars">
      <caption class="hidden">What the network says of each digit</caption>
      <thead>
        <tr>
          <th scope="col">Digit</th>
          <th scope="col" class="wide">
            <span class="hidden">Share</span>
          </th>
          <th scope="col" class="value">Circuit</th>
          <th scope="col" class="value">Float</th>
        </tr>
      </thead>
      <tbody>
        {Array.from(
          { length: said?.circuit.length ?? 10 },
          (_, digit) => (
            <tr key={digit} class={digit === best ? "best" : undefined}>
              <th scope="row">{digit}</th>
              <td class="wide">
                <span class="track" aria-hidden="true">
                  <span class="bar" style={{ transform: `scaleX(${shares?.[digit] ?? 0})` }} />
                </span>
                <span class="hidden">{shares === null ? "" : `${Math.round(100 * shares[digit])} percent`}</span>
              </td>
              <td class="value">{said === null ? "–" : logit(said.circuit[digit])}</td>
              <td class="value quiet">{said === null ? "–" : logit(said.float[digit])}</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

/** A logit with a true minus. */
function logit(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits), powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / sum);
}
