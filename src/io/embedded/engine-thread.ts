import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Connection, type Shared } from './connection.ts';
import { syncTree } from './durable-files.ts';
import { Engine } from './engine.ts';
import { Turns } from './turns.ts';
import { startUpkeep } from './upkeep.ts';

/** What the thread is started with: to make a new cluster and end, or to serve one. */
export type ThreadTask =
  | { kind: 'create'; cluster: string }
  | { kind: 'serve'; cluster: string; socket: string; limits: EmbeddedLimits };

/** Milliseconds. */
export type EmbeddedLimits = {
  turnWaitMs: number;
  overloadMs: number;
  idleInTransactionMs: number;
  checkpointMs: number;
  vacuumMs: number;
};

/** What the thread says: `failed` is followed by its end. */
export type ThreadReport = { kind: 'ready' } | { kind: 'done' } | { kind: 'failed'; message: string };

const mostConnections = 100;

// Locks of a session would be everybody's, since all share one: better an error than a lock that does not hold.
// The built-in functions are called by their number whatever their definition says, hence the renaming.
const refuseSessionLocks = ['pg_advisory_lock', 'pg_try_advisory_lock']
  .flatMap((name) => [name, `${name}_shared`])
  .flatMap((name) => ['bigint', 'int, int'].map((types) => ({ name, types })))
  .map(
    ({ name, types }) => `
  alter function pg_catalog.${name}(${types}) rename to ${name}_of_session;
  create function pg_catalog.${name}(${types})
    returns ${name.includes('try') ? 'boolean' : 'void'} language plpgsql as $$
  begin
    raise exception '${name} is not available on the embedded database: use ${name.replace('advisory_', 'advisory_xact_')}'
      using errcode = 'feature_not_supported';
  end $$;`,
  )
  .join('');

async function create(cluster: string): Promise<void> {
  const engine = await Engine.open(cluster, abort);
  engine.run(refuseSessionLocks);
  await engine.close();
  syncTree(cluster);
}

async function serve(task: Extract<ThreadTask, { kind: 'serve' }>): Promise<() => Promise<void>> {
  const { cluster, socket, limits } = task;
  const engine = await Engine.open(cluster, abort);
  const turns = new Turns({ idleHolderMs: limits.turnWaitMs, overloadMs: limits.overloadMs });
  const stopUpkeep = startUpkeep(engine, turns, limits);
  const clients = new Set<Connection>();
  const shared: Shared = {
    engine,
    turns,
    owner: { current: null },
    greeting: engine.greeting(),
    idleInTransactionMs: limits.idleInTransactionMs,
    publish: (notifications) => {
      for (const client of clients) client.notify(notifications);
    },
    broken: (error) => fail(error),
  };
  const server = await listen(socket, acceptInto(clients, shared));
  return async () => {
    stopUpkeep();
    turns.end();
    server.close();
    for (const client of clients)
      client.end({ code: '57P01', message: 'the embedded database is shutting down' });
    engine.rollBack();
    await engine.close();
  };
}

function acceptInto(clients: Set<Connection>, shared: Shared): Server {
  let accepted = 0;
  return createServer((socket) => {
    accepted += 1;
    const client = new Connection(socket, shared, accepted);
    if (clients.size >= mostConnections) {
      client.end({ code: '53300', message: 'sorry, too many clients already' });
      return;
    }
    clients.add(client);
    socket.on('close', () => clients.delete(client));
  });
}

async function listen(path: string, server: Server): Promise<Server> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, resolve);
  });
  chmodSync(path, 0o600);
  return server;
}

function report(message: ThreadReport): void {
  parentPort?.postMessage(message);
}

// Only the message: an error of PGlite carries its minified source, 400 kB in one line.
function fail(error: unknown): void {
  report({ kind: 'failed', message: error instanceof Error ? error.message.slice(0, 500) : 'unknown error' });
  // Lets the report out before the thread ends.
  setImmediate(() => process.exit(1));
}

function abort(): never {
  report({
    kind: 'failed',
    message: 'PostgreSQL has panicked: is the disk full, or a file of the database gone?',
  });
  process.exit(1);
}

async function begin(task: ThreadTask): Promise<void> {
  if (task.kind === 'create') {
    await create(task.cluster);
    report({ kind: 'done' });
    return;
  }
  const stop = await serve(task);
  parentPort?.once('message', () => {
    stop().then(() => {
      report({ kind: 'done' });
      process.exit(0);
    }, fail);
  });
  report({ kind: 'ready' });
}

process.on('uncaughtException', fail);
begin(workerData as ThreadTask).catch(fail);
