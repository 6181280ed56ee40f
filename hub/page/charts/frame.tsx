/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * What charts share: their width, axes with their round numbers, and the same numbers as a table.
 * @module
 */
import { useEffect, useRef, useState } from "npm:preact@10.29.8/hooks";
import type { ComponentChildren, RefObject } from "npm:preact@10.29.8";
import type { Scale } from "./scale.ts";

/** Room around the plot, in pixels. */
export const MARGIN = { top: 12, right: 16, bottom: 36, left: 52 } as const;

/** The width of an element, which follows it. */
export function useWidth(least = 240): [RefObject<HTMLDivElement>, number] {
  const ref = useRef<HTMLDivElement>(null), [width, setWidth] = useState(least);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.max(least, Math.round(entry.contentRect.width))));
    watch.observe(ref.current!);
    return () => watch.disconnect();
  }, []);
  return [ref, width];
}

/** Lines and numbers of both axes. */
export function Axes({ x, y, width, height, xLabel, xText, yText }: {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
  readonly xLabel: string;
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
}) {
  const bottom = height - MARGIN.bottom;
  return (
    <g class="chart-axes">
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y.at(tick)} y2={y.at(tick)} />
          <text x={MARGIN.left - 8} y={y.at(tick)} dy="0.32em" text-anchor="end">{yText(tick)}</text>
        </g>
      ))}
      {x.ticks.map((tick) => <text key={tick} x={x.at(tick)} y={bottom + 16} text-anchor="middle">{xText(tick)}</text>)}
      <text x={(MARGIN.left + width - MARGIN.right) / 2} y={height - 4} text-anchor="middle">{xLabel}</text>
    </g>
  );
}

/** The numbers of a chart as a table, which opens. */
export function AsTable({ caption, heads, rows }: {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}) {
  return (
    <details class="chart-table">
      <summary>As a table</summary>
      <div class="scrolls" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((row, index) => <tr key={index}>{row.map((cell, column) => <td key={column}>{cell}</td>)}</tr>)}
          </tbody>
        </table>
      </div>
    </details>
  );
}
