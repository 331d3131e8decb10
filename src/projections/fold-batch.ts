import type { Kysely, Transaction } from 'kysely';
import { type NewConversion, saveConversions } from '../conversions/conversions.ts';
import type { Click } from '../domain/click.ts';
import type { Database } from '../io/database.gen.ts';
import { loadIpSalts } from '../io/ip-salts.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
import type { LogKey } from '../log/capture-log.ts';
import type { LogCheckpoint } from '../log/segments.ts';
import { markBursts } from './bot-bursts.ts';
import { lockCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { ClickFollowers } from './click-followers.ts';
import { insertClicks } from './click-rows.ts';
import { keepEarlyFacts } from './early-facts.ts';
import { leaveOutErased } from './erased-facts.ts';
import { foldLateFacts, type LateFact } from './late-facts.ts';
import { insertMetaSessions } from './meta-sessions.ts';
import type { PlacedRecord } from './placed-record.ts';
import { hashClick } from './read-records.ts';
import { addRedirects } from './redirect-counts.ts';
import { linkReturning } from './salt-links.ts';
import { addUncountedVisits, type PlacedVisit } from './uncounted-visits.ts';
import { foldVisits } from './visits/fold-visits.ts';
import { hashVisit, type Visit } from './visits/read-visit.ts';

/** A stretch of one log, to be folded whole or not at all. */
export interface FoldBatch {
  readonly key: LogKey;
  readonly from: LogCheckpoint;
  readonly next: LogCheckpoint;
  readonly records: readonly PlacedRecord[];
  /** Where damaged lines and refused records lay; both are set aside by now. */
  readonly corrupt: readonly LogCheckpoint[];
  readonly refused: readonly LogCheckpoint[];
}

/** What a batch is folded with beside the database. */
export interface FoldTools {
  readonly leads: LeadTools;
  /** IP_HASH_SALT as this process was started with; a change of it may have come since. */
  readonly ipHashSalt: string;
  readonly followers: ClickFollowers | null;
}

/** Folded; or somebody else has moved the checkpoint, and nothing was done. */
export type FoldResult =
  | { readonly kind: 'folded'; readonly touchedTokens: readonly string[] }
  | { readonly kind: 'overtaken' };

/** The page has this long to tell the browser's `_fbp` before its PageView goes without one, in ms. */
const COOKIES_WAIT_MS = 3000;

/** Folds a batch and moves the checkpoint in one transaction, or neither. Throws what the database throws. */
export async function foldBatch(
  db: Kysely<Database>,
  batch: FoldBatch,
  tools: FoldTools,
): Promise<FoldResult> {
  return db.transaction().execute(async (trx) => {
    const held = await lockCheckpoint(trx, batch.key);
    if (held.segment !== batch.from.segment || held.offset !== batch.from.offset)
      return { kind: 'overtaken' };
    const touchedTokens = await foldRecords(trx, batch, tools);
    await saveCheckpoint(trx, batch.key, {
      next: batch.next,
      records: batch.records.length,
      corrupt: batch.corrupt.length,
      refused: batch.refused.length,
      at: new Date(),
    });
    return { kind: 'folded', touchedTokens };
  });
}

async function foldRecords(
  db: Transaction<Database>,
  { key, records }: FoldBatch,
  { leads, ipHashSalt, followers }: FoldTools,
): Promise<string[]> {
  // Under the checkpoint's lock: a change of the salt waits for this batch, or this batch knows it.
  const salts = await loadIpSalts(db, { vault: leads.vault, configured: ipHashSalt });
  const clicks: Click[] = [];
  const late: LateFact[] = [];
  const uncounted: PlacedVisit[] = [];
  const visits: Visit[] = [];
  for (const record of await leaveOutErased(db, leads.vault, records)) {
    if (record.kind === 'click') clicks.push(hashClick(record.click, salts.current));
    else if (record.kind === 'late') late.push(record.fact);
    else if (record.kind === 'visit') visits.push(hashVisit(record.visit, salts.current));
    else if (record.kind === 'uncounted') uncounted.push({ fact: record.fact, place: record.place });
  }
  await linkReturning(db, salts, { clicks, visits }, followers);
  const inserted = await insertClicks(db, clicks);
  await insertMetaSessions(db, inserted);
  await addRedirects(db, inserted);
  const marked = await markBursts(db, inserted);
  await followers?.marked(db, marked);
  await saveConversions(db, inserted.map(buildPageView));
  const early = await foldLateFacts(db, late);
  await keepEarlyFacts(db, early);
  await addUncountedVisits(db, key, uncounted);
  await foldVisits(db, visits, { ...leads, ipHashSalt: salts.current });
  return [...inserted.map((click) => click.trackingToken), ...early.map((fact) => fact.token)];
}

function buildPageView(click: Click): NewConversion {
  const waits = click.mode === 'bridge' && click.fbp === null;
  return {
    workspaceId: click.workspaceId,
    name: 'page_view',
    eventId: click.pageviewEventId,
    occurredAt: click.pageviewTs,
    trackingToken: click.trackingToken,
    poolId: click.poolId,
    consent: click.consent,
    holdUntil: new Date(click.pageviewTs.getTime() + (waits ? COOKIES_WAIT_MS : 0)),
    holdReason: waits ? "waits for the browser's _fbp cookie" : null,
  };
}
