// A process that appends numbered records as fast as it can and prints each number once it is acknowledged, until it
// is killed: `node log-child.ts <directory> <first id> log|control`. The control acknowledges before it writes.
import { writeSync } from 'node:fs';
import { openLogWriter } from '../../src/log/writer.ts';

const CALLERS = 64;

const [directory = '', first = '0', kind = 'log'] = process.argv.slice(2);
const log = await openLogWriter({ directory, maxSegmentBytes: 256 * 1024 });
let id = Number(first);

async function append(): Promise<void> {
  for (;;) {
    const mine = id;
    id += 1;
    const answer = log.append(JSON.stringify({ id: mine, text: 'x'.repeat(mine % 500) }));
    if (kind === 'log' && (await answer).kind !== 'durable') process.exit(1);
    // Synchronous: once it is printed the parent has it, whatever happens to this process.
    writeSync(1, `${mine}\n`);
    await answer;
  }
}

await Promise.all(Array.from({ length: CALLERS }, append));
