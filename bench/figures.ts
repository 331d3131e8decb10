import { parseArgs } from 'node:util';

/** The parts of the benchmark, as its table names them. */
export type PartName = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'more';

/** What a figure is to be. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. */
export interface Figure {
  readonly part: PartName;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: Goal;
}

/** How a benchmark was called. */
export interface BenchOptions {
  /** Short and small, to see that everything runs; its figures mean little. */
  readonly quick: boolean;
  readonly json: boolean;
}

/** Reads `--quick` and `--json`. */
export function readBenchOptions(): BenchOptions {
  const options = { quick: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options, strict: false });
  return { quick: values.quick === true, json: values.json === true };
}

/** Whether a figure is what it is to be; true for one without a goal. */
export function holds({ value, goal }: Figure): boolean {
  if (goal === undefined) return true;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** Says what was measured: as JSON on one line for `bench/run.ts`, or as a table for a person. */
export function printFigures(figures: readonly Figure[], { json }: BenchOptions): void {
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else console.table(buildTable(figures));
}

/** The figures as rows for `console.table`. */
export function buildTable(figures: readonly Figure[]): Record<string, string | number>[] {
  return figures.map((figure) => ({
    part: figure.part,
    figure: figure.name,
    value: figure.value,
    unit: figure.unit,
    goal: figure.goal === undefined ? '' : writeGoal(figure.goal),
    verdict: figure.goal === undefined ? '' : holds(figure) ? 'holds' : 'FALLS SHORT',
  }));
}

const writeGoal = (goal: Goal): string => ('atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`);

/** The middle value; of an even number the upper one; 0 of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The value below which the share of the values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Three significant digits or whole numbers: more would be noise. */
export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Tells on a terminal or in a log what is going on. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
