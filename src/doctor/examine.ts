import type { Config } from '../config.ts';
import type { DatabaseHandle } from '../io/database.ts';
import type { Logger } from '../io/logger.ts';
import { openOutbound } from '../io/outbound.ts';
import type { Vault } from '../io/vault.ts';
import { openLog } from '../open-log.ts';
import { findPlatform } from '../platforms/registry.ts';
import { runPreflight } from '../send/preflight.ts';
import { openRegistry } from '../settings/registry.ts';
import { openStores } from '../stores/open-stores.ts';
import { checkDatabase } from './check-database.ts';
import { checkGeo } from './check-geo.ts';
import { checkIpSalt } from './check-ip-salt.ts';
import { checkMachine } from './check-machine.ts';
import { checkExpiries, checkPreflight } from './check-preflight.ts';
import { checkReportMails } from './check-report-mails.ts';
import { checkServer } from './check-server.ts';
import { checkStores } from './check-stores.ts';
import { checkStream } from './check-stream.ts';
import { checkWork } from './check-work.ts';
import type { Finding } from './finding.ts';

/** The installation that is looked at: its settings, and the database that they lead to. */
export interface Patient {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: DatabaseHandle;
  readonly vault: Vault;
}

/** Looks at everything that can be looked at; without the database that is less, but never nothing. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const { config, database, logger } = patient;
  const [machine, geo, server, base] = await Promise.all([
    checkMachine(config),
    checkGeo({ ...config, logger }),
    examineServer(patient),
    checkDatabase(database),
  ]);
  const found = [...machine, geo, ...server, ...base];
  const isReady = base.every((finding) => finding.check === 'clock' || finding.state === 'ok');
  const stores = [...(await examineStores(patient, isReady)), ...(await examineLog(patient, isReady))];
  if (!isReady) return [...found, ...stores];
  const salt = await checkIpSalt(database.db, config.ipHashSalt);
  const expiries = await checkExpiries(database.db, Date.now());
  const mails = await checkReportMails(database.db);
  return [...found, ...stores, salt, ...expiries, ...mails, ...(await examineDue(patient))];
}

async function examineServer({ config, logger }: Patient): Promise<Finding[]> {
  const outbound = openOutbound({ allowPrivate: [], logger });
  try {
    return await checkServer({ host: config.host, port: config.port, outbound });
  } finally {
    await outbound.close();
  }
}

/** The stream is as well as its cluster is; how far the log has been folded, only the database knows. */
async function examineLog(patient: Patient, hasDatabase: boolean): Promise<Finding[]> {
  const { log, stream } = await openLog(patient);
  try {
    const found = stream === null ? [] : [await checkStream(stream)];
    return hasDatabase ? [...found, ...(await checkWork({ db: patient.database.db, log }))] : found;
  } finally {
    await log.close();
  }
}

/** The store in the database is as well as the database is. */
async function examineStores({ config, database }: Patient, hasDatabase: boolean): Promise<Finding[]> {
  const { redisUrl, memcachedUrl } = config;
  const isShared = hasDatabase && database.kind === 'postgres';
  return checkStores(await openStores({ redisUrl, memcachedUrl, db: database.db, isShared }));
}

/** What is due is looked at with the settings as they are now. */
async function examineDue({ database, vault, logger }: Patient): Promise<Finding[]> {
  const { db } = database;
  const registry = await openRegistry({ db, vault, logger });
  try {
    const question = { db, vault, registry, findPlatform, workspaceId: null, now: Date.now() };
    return checkPreflight(await runPreflight(question));
  } finally {
    registry.close();
  }
}
