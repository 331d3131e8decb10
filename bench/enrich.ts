// Measures what working out a click's surroundings costs: address, user agent, verdict. `node bench/enrich.ts [--json]`
// Cold = every user agent and address is new; warm = traffic as it is, where most were seen before.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openGeo } from '../src/io/geo/geo.ts';
import { openLogger } from '../src/io/logger.ts';
import { createEnricher, type VisitorEvidence } from '../src/projections/enrich.ts';

interface Row {
  readonly name: string;
  readonly visitors: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly worstMs: number;
}

const COLD = 20_000;
const WARM = 100_000;

const userAgents = readFileSync(join(import.meta.dirname, '../src/evaluation/user-agents.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t').at(-1) ?? '');

// The first 32 bits of a linear congruential generator's state: the same visitors every time.
let seed = 42;
function draw(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function buildVisitor(userAgent: string): VisitorEvidence {
  const ip = `${177 + draw(15)}.${draw(256)}.${draw(256)}.${1 + draw(254)}`;
  return { ip, userAgent, hints: {}, acceptLanguage: 'pt-BR', isSecure: false };
}

/** A user agent that nobody sent before: another build of the same device. */
function buildNewUserAgent(index: number): string {
  const userAgent = userAgents[index % userAgents.length] ?? '';
  return `${userAgent.slice(0, 480)} Build/${draw(2 ** 31).toString(36)}${index}`;
}

function* absurdUserAgents(): Generator<string> {
  const pumps = [
    '(',
    ')',
    ';',
    ' ',
    '/',
    'a',
    '1',
    '.',
    '-',
    '_',
    'Mozilla/5.0 ',
    'Android ',
    'Version/',
    'Chrome/1.',
    'SM-',
    'Linux; ',
    'like ',
    'wv) ',
    'Build/',
    'FBAN/',
    '[FB',
    'Windows NT ',
    'iPhone OS 1_',
    '\u0000',
    'é',
  ];
  const heads = [
    '',
    'Mozilla/5.0 (',
    'Mozilla/5.0 (Linux; Android 14; ',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 ',
    'Opera/',
    'Telegram-Android/1 (',
  ];
  for (const head of heads) for (const pump of pumps) yield (head + pump.repeat(8192)).slice(0, 8192);
}

function measure(name: string, visitors: readonly VisitorEvidence[]): Row {
  const times = visitors.map((visitor) => {
    const start = performance.now();
    enricher.visitor(visitor);
    return (performance.now() - start) * 1000;
  });
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
  const sum = times.reduce((total, time) => total + time, 0);
  return {
    name,
    visitors: times.length,
    meanUs: Number((sum / times.length).toFixed(1)),
    p50Us: at(0.5),
    p99Us: at(0.99),
    worstMs: Number((at(1) / 1000).toFixed(2)),
  };
}

const dataDir = mkdtempSync(join(tmpdir(), 'enrich-bench-'));
const geo = openGeo({ cityDb: null, dataDir, logger: openLogger('silent'), compilesNetworks: true });
const enricher = createEnricher({ geo });
await enricher.ready();
while (geo.status().networks === null) await new Promise((resolve) => setTimeout(resolve, 100));
const cold = Array.from({ length: COLD }, (_, index) => buildVisitor(buildNewUserAgent(index)));
const absurd = [...absurdUserAgents()].map(buildVisitor);
// Half of real traffic comes back from an address and a browser seen before.
const known = Array.from({ length: 5000 }, () => buildVisitor(userAgents[draw(userAgents.length)] ?? ''));
const warm = Array.from({ length: WARM }, () => known[draw(known.length)] ?? buildVisitor(''));
const rows = [
  measure('all new: user agent and address', cold),
  measure('as traffic is: remembered', warm),
  measure('absurd user agents of 8 KB', absurd),
];
geo.close();
rmSync(dataDir, { recursive: true });
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
