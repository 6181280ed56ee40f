/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What calibration weighed: price against how near a circuit comes to the network.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { formatCount, formatPercent } from "../../../core/base/format.ts";
import type { CalibrationReport, CandidateRow } from "../../client/mod.ts";
import { sentence } from "../app/errors.ts";

const WIDTH = 340, HEIGHT = 200, LEFT = 60, BOTTOM = 26, TOP = 10, RIGHT = 12, DOT = 8;

/** How near a candidate comes, upwards; null where nothing tells. */
function nearness({ accuracy, r2 }: CandidateRow): number | null {
  return accuracy ?? r2 ?? null;
}

/** The plot with its table, or a sentence where there is nothing to plot. */
export function Plot({ report }: { report: string }): JSX.Element {
  const { why = "", candidates = [], points = [], remarks = [] } = JSON.parse(report) as Partial<CalibrationReport>;
  const weighed = candidates.filter(({ cells }) => cells !== null);
  // The chosen one is drawn last, above those that are as good.
  const shown = weighed.filter((row) => nearness(row) !== null).sort((a, b) => Number(a.chosen) - Number(b.chosen));
  return (
    <section class="card stack" aria-labelledby="plot-title">
      <h2 id="plot-title">How the circuit was chosen</h2>
      {why && <p>{sentence(why)}</p>}
      {remarks.map((remark) => <p key={remark}>{sentence(remark)}</p>)}
      {shown.length > 0 && <Chart rows={shown} />}
      {weighed.length > 0 && <Table rows={weighed} />}
      {weighed.length === 0 && (
        <p class="quiet">
          {points.length > 0
            ? `EZKL's rules weighed ${points.length} combinations of scales by their size alone, and took ` +
              `${formatCount(points.find(({ chosen }) => chosen)?.cells ?? 0)} cells.`
            : "Nothing was weighed: the scales were given."}{" "}
          Aim at a circuit that answers as the network does to see price against fidelity.
        </p>
      )}
    </section>
  );
}

function Chart({ rows }: { rows: readonly CandidateRow[] }): JSX.Element {
  const near = rows.map((row) => nearness(row)!), cells = rows.map((row) => Math.log(row.cells!));
  // Nothing is nearer than the network itself.
  const [low, high] = range(near, 0.001, 1), [cheap, dear] = range(cells, 0.01);
  const first = LEFT + DOT, last = WIDTH - RIGHT - DOT;
  const x = (value: number): number => first + (value - cheap) / (dear - cheap) * (last - first);
  const y = (value: number): number => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP);
  const chosen = rows.find((row) => row.chosen);
  const label = `${rows.length} circuits by price and fidelity` +
    (chosen ? `; chosen: ${formatCount(chosen.cells!)} cells, ${formatPercent(nearness(chosen)!)}` : "");
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {[low, (low + high) / 2, high].map((value) => (
        <g key={value}>
          <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 6} y={y(value) + 3.5} text-anchor="end">{formatPercent(value)}</text>
        </g>
      ))}
      {[cheap, dear].map((value, side) => (
        <text key={side} x={x(value)} y={HEIGHT - 8} text-anchor={side ? "end" : "start"}>
          {formatCount(Math.round(Math.exp(value)))} cells
        </text>
      ))}
      {rows.map((row, at) => (
        <circle
          key={at}
          class={row.chosen ? "chosen" : row.dropped ? "dropped" : ""}
          cx={x(cells[at]!)}
          cy={y(near[at]!)}
          r={row.chosen ? 6 : 3.5}
        >
          <title>{`${formatCount(row.cells!)} cells, ${formatPercent(near[at]!)}`}</title>
        </circle>
      ))}
    </svg>
  );
}

/** From the least to the most, never empty, and no further up than `most`. */
function range(values: readonly number[], least: number, most = Infinity): [number, number] {
  const low = Math.min(...values), high = Math.max(...values);
  return high - low >= least ? [low, high] : [low - least, Math.min(most, high + least)];
}

function Table({ rows }: { rows: readonly CandidateRow[] }): JSX.Element {
  return (
    <details>
      <summary>{rows.length} {rows.length === 1 ? "circuit" : "circuits"} as a table</summary>
      <div class="scroll" role="region" aria-label="Circuits" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col" class="right">Cells</th>
              <th scope="col" class="right">Bits</th>
              <th scope="col" class="right">Fidelity</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => {
              const near = nearness(row);
              return (
                <tr key={at}>
                  <td class="right">{formatCount(row.cells!)}</td>
                  <td class="right">{row.bits}</td>
                  <td class="right">{near === null ? "—" : formatPercent(near)}</td>
                  <td>{row.chosen ? "chosen" : row.dropped ?? "dearer than the chosen one"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
