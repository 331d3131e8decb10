import { z } from 'zod';
import type { Figure, PartName } from './figures.ts';

/** One program of this folder, and the lines of the table that it makes. */
export interface Part {
  readonly names: readonly PartName[];
  readonly file: string;
  /** Makes figures of what it prints with `--json`. */
  readonly read: (printed: unknown) => Figure[];
}

const figureSchema = z.array(
  z.object({
    part: z.enum(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'more']),
    name: z.string(),
    value: z.number(),
    unit: z.string(),
    goal: z.union([z.object({ atLeast: z.number() }), z.object({ atMost: z.number() })]).optional(),
  }),
);

const readFigures = (printed: unknown): Figure[] =>
  figureSchema
    .parse(printed)
    .map(({ goal, ...figure }) => (goal === undefined ? figure : { ...figure, goal }));

const clickSchema = z.array(
  z.object({
    name: z.string(),
    ratio: z.number(),
    cpuRatio: z.number(),
    perSecond: z.number(),
    cpuMicros: z.number(),
    p50Ms: z.number(),
    p99Ms: z.number(),
  }),
);
type ClickRow = z.infer<typeof clickSchema>[number];

/** What the click route's ratio is to be at least. */
const RATIO_GOALS: Readonly<Record<string, number>> = { 'click, redirect': 0.55, 'click, bridge page': 0.45 };

/** Rows of `go.ts`: the bare server first, then what is measured against it. */
function readClickRows(printed: unknown): Figure[] {
  const rows = clickSchema.parse(printed);
  const [bare] = rows;
  return rows.flatMap((row) => readClickRow(row, bare ?? row));
}

function readClickRow(row: ClickRow, bare: ClickRow): Figure[] {
  const { name } = row;
  const figures: Figure[] = [
    { part: 'a', name: `${name}: throughput`, value: row.perSecond, unit: '/s' },
    { part: 'a', name: `${name}: CPU`, value: row.cpuMicros, unit: 'µs' },
  ];
  const atLeast = RATIO_GOALS[name];
  if (atLeast === undefined) return figures;
  const added = (of: 'p50Ms' | 'p99Ms') => Number((row[of] - bare[of]).toFixed(2));
  return [
    ...figures,
    { part: 'a', name: `${name}: to the bare server`, value: row.ratio, unit: 'ratio', goal: { atLeast } },
    { part: 'a', name: `${name}: CPU of the bare server to its own`, value: row.cpuRatio, unit: 'ratio' },
    {
      part: 'b',
      name: `${name}: p50 added at 2,000/s`,
      value: added('p50Ms'),
      unit: 'ms',
      goal: { atMost: 1 },
    },
    {
      part: 'b',
      name: `${name}: p99 added at 2,000/s`,
      value: added('p99Ms'),
      unit: 'ms',
      goal: { atMost: 4 },
    },
  ];
}

/** Rows of the smaller benchmarks: every number is a line. */
function readRows(printed: unknown): Figure[] {
  return z
    .array(z.object({ name: z.string() }).loose())
    .parse(printed)
    .flatMap(readRow);
}

function readRow({ name, ...rest }: { name: string }): Figure[] {
  return Object.entries(rest).flatMap(([unit, value]) =>
    typeof value === 'number' ? [{ part: 'more' as const, name, value, unit }] : [],
  );
}

/** In the order in which they run. The last three run only when they are asked for by their file's name. */
export const PARTS: readonly Part[] = [
  { names: ['a', 'b'], file: 'go.ts', read: readClickRows },
  { names: ['b'], file: 'pipeline.ts', read: readFigures },
  { names: ['c'], file: 'stores-down.ts', read: readFigures },
  { names: ['d'], file: 'collect.ts', read: readFigures },
  { names: ['e'], file: 'drain.ts', read: readFigures },
  { names: ['e'], file: 'drain-under-load.ts', read: readFigures },
  { names: ['f'], file: 'deliveries.ts', read: readFigures },
  { names: ['g'], file: 'analytics.ts', read: readFigures },
  { names: ['h'], file: 'memory.ts', read: readFigures },
  { names: ['i'], file: 'start-up.ts', read: readFigures },
  { names: ['j'], file: 'cost.ts', read: readFigures },
  { names: [], file: 'log.ts', read: readRows },
  { names: [], file: 'enrich.ts', read: readRows },
  { names: [], file: 'site-script.ts', read: readRows },
];

/** The parts that `--only a,d,log` asks for; without it all that have a letter. */
export function chooseParts(only: string | undefined): Part[] {
  if (only === undefined) return PARTS.filter(({ names }) => names.length > 0);
  const words = only.split(',').map((word) => word.trim());
  return PARTS.filter(({ names, file }) =>
    words.some((word) => names.some((name) => name === word) || file === `${word}.ts`),
  );
}
