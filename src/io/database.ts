import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './database.gen.ts';
import type { EmbeddedAccess, EmbeddedHandle } from './embedded/open-embedded.ts';
import { recordQuery } from './tracing/query-spans.ts';
import { isTracing } from './tracing/start-tracing.ts';

/** A database that is ready for use. `close` ends its connections, and the embedded engine if this process runs it. */
export type DatabaseHandle = {
  db: Kysely<Database>;
  pool: pg.Pool;
  kind: 'postgres' | 'embedded';
  close: () => Promise<void>;
};

type CommonOptions = {
  /** 10 by default. */
  maxConnections?: number;
  /** Told of what goes wrong outside a query: a lost idle connection, an engine that had to be restarted. */
  log?: (message: string) => void;
};

/** A PostgreSQL server, 15 or newer. Nothing is connected before the first query. */
export type PostgresOptions = CommonOptions & {
  kind: 'postgres';
  url: string;
  /** Milliseconds after which the server ends a statement; 30,000 by default, 0 = never. */
  statementTimeoutMs?: number;
};

/** The embedded database below a data directory. */
export type EmbeddedOptions = CommonOptions & EmbeddedAccess & { kind: 'embedded' };

const connectionTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;
const idleInTransactionMs = 60_000;
const oldestServer = 15;

/**
 * Opens a database. A PostgreSQL server that is away makes queries fail, not this.
 * @throws when the embedded database cannot be opened, with what to do about it.
 */
export async function openDatabase(options: PostgresOptions | EmbeddedOptions): Promise<DatabaseHandle> {
  if (options.kind === 'postgres') return openPostgres(options);
  // Not loaded where PostgreSQL is elsewhere.
  const { openEmbedded } = await import('./embedded/open-embedded.ts');
  const embedded = await openEmbedded(options);
  return makeHandle(options, embedded, {
    host: embedded.socketDirectory,
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    ssl: false,
  });
}

function openPostgres(options: PostgresOptions): DatabaseHandle {
  // The pool waits for it, and gives no connection that it has refused, though its type does not say so.
  const prepare: (client: pg.ClientBase) => unknown = (client) =>
    prepareSession(client, options.statementTimeoutMs ?? statementTimeoutMs);
  return makeHandle(options, null, {
    connectionString: options.url,
    keepAlive: true,
    onConnect: prepare,
  });
}

function makeHandle(
  options: CommonOptions,
  embedded: EmbeddedHandle | null,
  config: pg.PoolConfig,
): DatabaseHandle {
  const pool = new pg.Pool({
    ...config,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: connectionTimeoutMs,
    application_name: 'rastro',
    types: { getTypeParser },
  });
  // Without a listener a server that restarts would end this process: the error comes on an idle connection.
  let closing = false;
  pool.on('error', (error) => {
    if (!closing) options.log?.(`an idle database connection was lost: ${error.message}`);
  });
  // Nor on a busy one: between two queries of a transaction nobody listens. The next query fails and tells.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const dialect = new PostgresDialect({ pool });
  const db = new Kysely<Database>({ dialect, ...(isTracing() ? { log: recordQuery } : {}) });
  const close = async (): Promise<void> => {
    closing = true;
    await db.destroy();
    await embedded?.close();
  };
  return { db, pool, kind: embedded === null ? 'postgres' : 'embedded', close: onlyOnce(close) };
}

// Not start-up parameters: connection poolers refuse those. Compiling a query over many partitions takes longer than
// running it: the views took 15 s instead of 0.5 s.
async function prepareSession(client: pg.ClientBase, statementMs: number): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `select current_setting('server_version') as version, set_config('TimeZone', 'UTC', false),
      set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $2, false),
      set_config('jit', 'off', false)`,
    [String(statementMs), String(idleInTransactionMs)],
  );
  const version = rows[0]?.version ?? '';
  if (Number.parseInt(version, 10) >= oldestServer) return;
  throw new Error(`the database server is PostgreSQL ${version}: Rastro needs ${oldestServer} or newer`);
}

// pg makes of a date the midnight of this machine's time zone: another day elsewhere. All others are pg's own.
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.DATE ? (text: string) => text : pg.types.getTypeParser(oid, format as 'text');

function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
