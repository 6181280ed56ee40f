/**
 * Regression on a table: columns in different units, one number to predict, its error
 * in that number's own unit.
 *
 * What to learn here: a data set from arrays, standardised by what the training rows
 * show; a target as floats, which makes it regression; splitting off rows to judge by;
 * predictions turned back into the unit. Run it with `deno run examples/regression.ts`.
 * @module
 */
import { Adam, DataLoader, Generator, manualSeed, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";

manualSeed(1);
const random = new Generator(2);

/** Heat loss of a house in watts: area of its walls in m², their thickness in cm, the difference in °C. */
function heatLoss(area: number, thickness: number, difference: number): number {
  return 3.5 * area * difference / thickness + 40;
}

const between = (low: number, high: number): number => low + (high - low) * random.uniform();
const rows = Array.from({ length: 2400 }, () => [between(80, 240), between(15, 45), between(5, 35)]);
const watts = rows.map(([area, thickness, difference]) => heatLoss(area, thickness, difference) + between(-20, 20));

/** Mean and deviation of the training rows alone: what is to be judged by must not be looked at. */
const TRAINED = 2000;
function standard(values: readonly number[]): { mean: number; deviation: number } {
  const seen = values.slice(0, TRAINED);
  const mean = seen.reduce((sum, value) => sum + value, 0) / TRAINED;
  return { mean, deviation: Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / TRAINED) };
}
const columns = [0, 1, 2].map((column) => standard(rows.map((row) => row[column])));
const unit = standard(watts);

function table(from: number, to: number): TensorDataset {
  const scaled = (row: readonly number[]) => row.map((v, k) => (v - columns[k].mean) / columns[k].deviation);
  return new TensorDataset({
    inputs: rows.slice(from, to).flatMap(scaled),
    shape: [3],
    targets: Float32Array.from(watts.slice(from, to), (value) => (value - unit.mean) / unit.deviation),
    targetShape: [1],
  });
}

const model = new nn.Sequential(new nn.Linear(3, 32), new nn.Tanh(), new nn.Linear(32, 1));
using trainer = await Trainer.create({ model, loss: new nn.MSELoss(), optimizer: new Adam({ lr: 0.01 }) });
const loader = new DataLoader(table(0, TRAINED), { batchSize: 64, shuffle: true });
for (let epoch = 0; epoch < 40; epoch++) await trainer.fit(loader);

const predicted = await trainer.predict(table(TRAINED, rows.length));
const errors = [...predicted].map((value, k) => value * unit.deviation + unit.mean - watts[TRAINED + k]);
const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
console.log(`${errors.length} houses that were not trained on: off by ${rms.toFixed(1)} W (root mean square)`);
console.log(`always answering the mean would be off by ${unit.deviation.toFixed(1)} W`);
