import { z } from 'zod';
import type { Outbound } from '../io/outbound.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Where the server of this machine listens. */
export interface ServerQuestion {
  readonly host: string;
  readonly port: number;
  readonly outbound: Outbound;
}

const PATIENCE_MS = 4_000;

const readinessSchema = z.object({
  parts: z.object({
    capture_log: z.object({ ok: z.boolean(), detail: z.string(), deferred: z.int(), lost: z.int() }),
    settings: z.object({ ok: z.boolean(), detail: z.string() }),
    database: z.object({ ok: z.boolean() }),
    migrations: z.object({ ok: z.boolean(), detail: z.string() }),
  }),
});

type Readiness = z.infer<typeof readinessSchema>['parts'];

/** Asks the server of this machine how it is: only it knows what waits in its memory. */
export async function checkServer({ host, port, outbound }: ServerQuestion): Promise<Finding[]> {
  const url = `http://${readReachable(host)}:${port}/readyz`;
  const request = { method: 'GET', url, headers: {}, body: null } as const;
  const result = await outbound.send(request, { timeoutMs: PATIENCE_MS, trust: 'vendor' });
  if (result.kind === 'failure') return [describeSilence(url, result.failure)];
  const parts = readParts(result.response.body);
  if (parts === null) {
    const fix = 'Another program has this port: stop it, or set PORT and HOST as the server has them.';
    return [warning('server', `what answers at ${url} is not Rastro`, fix)];
  }
  const found = [...checkLog(parts), ...checkParts(parts)];
  return found.length === 0 ? [fine('server', `runs, and captures clicks durably (${url})`)] : found;
}

function describeSilence(url: string, failure: string): Finding {
  if (failure !== 'timeout') {
    const fix =
      'Start it (npm start, systemctl start rastro, docker compose up -d), unless this machine is a --role worker.';
    return warning('server', `does not run: nothing answers at ${url}`, fix);
  }
  const fix = 'See what it does (its log, top); if it hangs, restart it: what was answered is in the log.';
  return fault('server', `no answer from ${url} within ${PATIENCE_MS / 1000} s`, fix);
}

function readParts(body: string): Readiness | null {
  try {
    return readinessSchema.parse(JSON.parse(body)).parts;
  } catch {
    return null;
  }
}

function checkLog({ capture_log: log }: Readiness): Finding[] {
  const found: Finding[] = [];
  if (!log.ok) {
    const detail = `cannot write its capture log. ${log.detail} ${log.deferred} records wait in memory`;
    const fix =
      'Free space on the disk of DATA_DIR (df -h). Do not restart before: what waits would be lost. It goes on by itself.';
    found.push(fault('server', detail, fix));
  }
  if (log.lost > 0) {
    const detail = `${log.lost} records were lost since its start, because the disk took none and the memory was full`;
    const fix =
      'They are gone (visitors went on to the bot). Keep the disk free, with an alert on rastro_capture_log_records.';
    found.push(fault('server', detail, fix));
  }
  return found;
}

function checkParts({ settings, database, migrations }: Readiness): Finding[] {
  const found: Finding[] = [];
  if (!settings.ok) found.push(fault('server', settings.detail, 'Start the database; it goes on by itself.'));
  if (!database.ok) {
    const fix = 'Start the database. Clicks are kept in the log meanwhile, and folded when it is back.';
    found.push(fault('server', 'does not reach the database', fix));
  } else if (!migrations.ok) {
    const fix =
      'Run the same version everywhere: update and restart this server, then: npm run rastro -- migrate';
    found.push(warning('server', `is of another version than the database. ${migrations.detail}`, fix));
  }
  return found;
}

/** A server that listens everywhere is asked on this machine. */
function readReachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
