/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Curves over epochs. A pointer, or the arrow keys, move along them, and the numbers there are said and shown.
 * @module
 */
import { useState } from "npm:preact@10.29.8/hooks";
import { AsTable, Axes, MARGIN, useWidth } from "./frame.tsx";
import { scaleOf } from "./scale.ts";

/** One curve. */
export interface Curve {
  /** What it is. */
  readonly name: string;
  /** How it looks. */
  readonly look: "accent" | "plain" | "dashed";
  /** Its numbers, from the first epoch; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** Curves that share their axes. */
export function Curves({ title, curves, text, tick, height = 200, most = Infinity, epochs, fromZero = false }: {
  /** What is shown. */
  readonly title: string;
  /** The curves. */
  readonly curves: readonly Curve[];
  /** A number in words, and beside the axis. */
  readonly text: (value: number) => string;
  readonly tick: (value: number) => string;
  readonly height?: number;
  /** Whether the axis begins at 0. */
  readonly fromZero?: boolean;
  /** The largest number that there can be. */
  readonly most?: number;
  /** Epochs that there will be. */
  readonly epochs: number;
}) {
  const [ref, width] = useWidth(), [chosen, setChosen] = useState<number | null>(null);
  const known = Math.max(...curves.map(({ values }) => values.length));
  const at = chosen === null ? known - 1 : Math.min(chosen, known - 1);
  const x = scaleOf([1, Math.max(2, epochs)], MARGIN.left, width - MARGIN.right, {
    least: 1,
    most: Math.max(2, epochs),
  });
  const numbers = curves.flatMap(({ values }) => values.filter((value) => value !== null));
  const y = scaleOf(numbers, height - MARGIN.bottom, MARGIN.top, { least: 0, most, includes: fromZero ? [0] : [] });
  const said = (epoch: number) => {
    const parts = curves.map(({ name, values }) => `${name} ${shown(values[epoch], text)}`);
    return `epoch ${epoch + 1}: ${parts.join(", ")}`;
  };
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientX - box.left - x.at(1)) / (x.at(2) - x.at(1));
    setChosen(Math.max(0, Math.min(known - 1, Math.round(share))));
  };
  const press = (event: KeyboardEvent) => {
    const to =
      { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: known - 1 }[event.key];
    if (to === undefined || known === 0) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(known - 1, to)));
  };
  const hears = known === 0 ? {} : {
    role: "slider" as const,
    tabIndex: 0,
    "aria-label": `${title}, by epoch`,
    "aria-valuemin": 1,
    "aria-valuemax": known,
    "aria-valuenow": at + 1,
    "aria-valuetext": said(at),
    onPointerMove: point,
    onPointerDown: point,
    onPointerLeave: () => setChosen(null),
    onKeyDown: press,
  };
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-legend">
          {curves.map(({ name, look, values }) => (
            <span key={name} class={`chart-key ${look}`}>
              {name} <b>{shown(values[at], text)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={ref} class="chart-area" style={{ height }} {...hears}>
        <svg width={width} height={height} aria-hidden="true">
          <Axes
            {...{ x: { ...x, ticks: x.ticks.filter(Number.isInteger) }, y, width, height }}
            xLabel="epoch"
            xText={String}
            yText={tick}
          />
          {curves.map(({ name, look, values }) => (
            <polyline
              key={name}
              class={`chart-line ${look}`}
              points={points(values, (epoch, value) => `${x.at(epoch + 1)},${y.at(value)}`)}
            />
          ))}
          {at >= 0 && known > 0 && (
            <g class="chart-cursor">
              <line x1={x.at(at + 1)} x2={x.at(at + 1)} y1={MARGIN.top} y2={height - MARGIN.bottom} />
              {curves.map(({ name, look, values }) => {
                const value = values[at];
                return value === null || value === undefined
                  ? null
                  : <circle key={name} class={look} cx={x.at(at + 1)} cy={y.at(value)} r="4" />;
              })}
            </g>
          )}
        </svg>
      </div>
      {known > 0 && (
        <AsTable
          caption={title}
          heads={["epoch", ...curves.map(({ name }) => name)]}
          rows={Array.from({ length: known }, (_, epoch) => [
            epoch + 1,
            ...curves.map(({ values }) => shown(values[epoch], text)),
          ])}
        />
      )}
    </figure>
  );
}

function shown(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined ? "none yet" : text(value);
}

function points(values: readonly (number | null)[], place: (epoch: number, value: number) => string): string {
  return values.flatMap((value, epoch) => value === null ? [] : [place(epoch, value)]).join(" ");
}
