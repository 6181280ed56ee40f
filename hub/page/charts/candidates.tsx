/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Circuits by what they answer and what a proof of them takes. Each is a button of a group of which one is chosen: the
 * arrow keys go from one to the next dearer one.
 * @module
 */
import { useRef, useState } from "npm:preact@10.29.8/hooks";
import { AsTable, Axes, MARGIN, useWidth } from "./frame.tsx";
import { scaleOf } from "./scale.ts";

/** A circuit to choose. */
export interface Choice {
  /** Its number among the candidates. */
  readonly index: number;
  /** Share of right answers. */
  readonly accuracy: number;
  /** Expected seconds of a proof. */
  readonly seconds: number;
  /** Cells. */
  readonly cells: number;
}

/** The plot. */
export function CandidatePlot({ choices, chosen, floatAccuracy, onChoose, disabled, height = 280 }: {
  /** Cheapest first. */
  readonly choices: readonly Choice[];
  /** The one that is taken. */
  readonly chosen: number;
  /** What the float network has. */
  readonly floatAccuracy: number;
  readonly onChoose: (index: number) => void;
  /** While one is being made. */
  readonly disabled: boolean;
  readonly height?: number;
}) {
  const [ref, width] = useWidth(),
    [looked, setLooked] = useState<number | null>(null),
    group = useRef<SVGGElement>(null);
  const seconds = choices.map((choice) => choice.seconds), right = choices.map(({ accuracy }) => accuracy);
  const x = scaleOf(seconds, MARGIN.left + 8, width - MARGIN.right - 8, { least: 0 });
  const y = scaleOf(right, height - MARGIN.bottom, MARGIN.top, { least: 0, most: 1, includes: [floatAccuracy] });
  const here = choices.find(({ index }) => index === (looked ?? chosen));
  const move = (event: KeyboardEvent) => {
    const at = choices.findIndex(({ index }) => index === (looked ?? chosen)), last = choices.length - 1;
    const to =
      { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: last }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (here && !disabled) onChoose(here.index);
    } else if (to !== undefined) {
      event.preventDefault();
      const { index } = choices[Math.max(0, Math.min(last, to))];
      setLooked(index);
      group.current!.querySelector<SVGGElement>(`[data-index="${index}"]`)!.focus();
    }
  };
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">Right answers against seconds of a proof</span>
        <span class="chart-legend" role="status">{here && told(here)}</span>
      </figcaption>
      <div ref={ref} class="chart-area" style={{ height }}>
        <svg width={width} height={height}>
          <g aria-hidden="true">
            <Axes
              {...{ x, y, width, height }}
              xLabel="expected seconds of a proof, one thread"
              xText={String}
              yText={(share) => `${Number((100 * share).toFixed(2))} %`}
            />
            <line
              class="chart-float"
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y.at(floatAccuracy)}
              y2={y.at(floatAccuracy)}
            />
            <text class="chart-note" x={width - MARGIN.right} y={y.at(floatAccuracy) - 5} text-anchor="end">
              float network
            </text>
          </g>
          <g ref={group} role="radiogroup" aria-label="Circuits, cheapest first" onKeyDown={move}>
            {choices.map((choice) => {
              const { index } = choice, isChosen = index === chosen;
              return (
                <g
                  key={index}
                  role="radio"
                  class={`chart-choice${isChosen ? " chosen" : ""}`}
                  data-index={index}
                  aria-checked={isChosen}
                  aria-disabled={disabled}
                  aria-label={told(choice)}
                  tabIndex={index === (here ?? choices[0]).index ? 0 : -1}
                  onPointerEnter={() => setLooked(index)}
                  onPointerLeave={() => setLooked(null)}
                  onFocus={() => setLooked(index)}
                  onBlur={() => setLooked(null)}
                  onClick={() => disabled || onChoose(index)}
                >
                  <circle class="reach" cx={x.at(choice.seconds)} cy={y.at(choice.accuracy)} r="12" />
                  <circle class="dot" cx={x.at(choice.seconds)} cy={y.at(choice.accuracy)} r={isChosen ? 7 : 5} />
                </g>
              );
            })}
          </g>
        </svg>
      </div>
      <AsTable
        caption="Circuits, cheapest first"
        heads={["right answers", "cells", "seconds of a proof", ""]}
        rows={choices.map(({ index, accuracy, seconds, cells }) => [
          percent(accuracy),
          cells.toLocaleString("en"),
          seconds.toFixed(1),
          index === chosen
            ? "taken"
            : (
              <button key={index} type="button" class="small" disabled={disabled} onClick={() => onChoose(index)}>
                Take
              </button>
            ),
        ])}
      />
    </figure>
  );
}

function told({ accuracy, seconds, cells }: Choice): string {
  return `${percent(accuracy)} right, ${cells.toLocaleString("en")} cells, ${seconds.toFixed(1)} s`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
