// The load generator, a process of its own: takes one order over its channel, answers with what it saw, and ends.
import { quantile, round } from '../figures.ts';
import { type Answer, type Connection, openConnection } from './connection.ts';
import { ADDRESS, ID, type Loaded, type LoadOrder, type RequestTemplate } from './load-order.ts';

/** What is counted while it runs. */
interface Counts {
  readonly delays: number[];
  readonly statuses: Record<string, number>;
  tokens: number;
  broken: number;
}

let made = 0;

/** What no other generator has: when this one began, and its process. */
const RUN = `${Date.now().toString(16).padStart(12, '0')}`;
const PREFIX = `${RUN.slice(0, 8)}-${RUN.slice(8)}-7000-8${(process.pid & 4095).toString(16).padStart(3, '0')}`;

/** A UUID that no other request of any run has. */
function nextId(): string {
  made += 1;
  return `${PREFIX}-${made.toString(16).padStart(12, '0')}`;
}

/** One of 235 million Brazilian addresses, strewn by a multiplicative hash. */
function nextAddress(): string {
  made += 1;
  const hash = Math.imul(made + process.pid * 7919, 2_654_435_761) >>> 0;
  return `${177 + ((hash >>> 24) % 14)}.${(hash >>> 16) & 255}.${(hash >>> 8) & 255}.${hash & 255}`;
}

function writeRequest(template: RequestTemplate): string {
  let text = '';
  for (const piece of template) text += piece === ID ? nextId() : piece === ADDRESS ? nextAddress() : piece;
  return text;
}

async function run(order: LoadOrder): Promise<Loaded> {
  const counts: Counts = { delays: [], statuses: {}, tokens: 0, broken: 0 };
  const next = () => writeRequest(order.requests);
  const free: Connection[] = [];
  let end = Number.POSITIVE_INFINITY;
  const onAnswer = (connection: Connection, answer: Answer) => {
    count(counts, answer);
    if (order.perSecond !== null) free.push(connection);
    else if (performance.now() < end) connection.send(next(), performance.now());
  };
  const on = {
    answer: onAnswer,
    break: () => {
      counts.broken += 1;
    },
  };
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => openConnection(order.port, on)),
  );
  const started = performance.now();
  end = started + order.seconds * 1000;
  free.push(...connections);
  if (order.perSecond === null)
    for (const connection of connections) connection.send(next(), performance.now());
  else await sendPaced({ perSecond: order.perSecond, free, next, end });
  await sleep(Math.max(0, end - performance.now()));
  const seconds = (performance.now() - started) / 1000;
  // The last answers are still under way.
  await sleep(50);
  for (const connection of connections) connection.close();
  return summarize(counts, seconds);
}

function count(counts: Counts, { status, hasToken, delay }: Answer): void {
  counts.delays.push(delay);
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  if (hasToken) counts.tokens += 1;
}

interface Pace {
  readonly perSecond: number;
  readonly free: Connection[];
  readonly next: () => string;
  readonly end: number;
}

/** What finds no free connection waits in line, and its delay counts that too. */
async function sendPaced({ perSecond, free, next, end }: Pace): Promise<void> {
  const started = performance.now();
  const line: number[] = [];
  for (let due = 0; performance.now() < end; ) {
    const now = performance.now();
    for (; due < ((now - started) / 1000) * perSecond; due += 1) line.push(now);
    for (let at = line[0]; at !== undefined && free.length > 0; at = line[0]) {
      line.shift();
      free.shift()?.send(next(), at);
    }
    await sleep(1);
  }
}

function summarize({ delays, statuses, tokens, broken }: Counts, seconds: number): Loaded {
  delays.sort((a, b) => a - b);
  return {
    answers: delays.length,
    perSecond: delays.length / seconds,
    p50Ms: round(quantile(delays, 0.5)),
    p99Ms: round(quantile(delays, 0.99)),
    worstMs: round(quantile(delays, 1)),
    statuses,
    tokens,
    broken,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

process.once('message', (order: LoadOrder) => {
  void run(order).then((loaded) => process.send?.(loaded, () => process.exit()));
});
