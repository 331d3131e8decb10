import { randomInt } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { erasePeople } from '../bot/erase-people.ts';
import { eraseRecipients } from '../broadcasts/erase-recipients.ts';
import { eraseConversions } from '../conversions/erase-conversions.ts';
import { eraseCrmRecords } from '../crm-sync/erase-log.ts';
import type { Erasure } from '../domain/erasure.ts';
import { buildId, buildTrackingToken } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { saveTombstones } from '../io/tombstones.ts';
import { recordAccess } from '../leads/access-log.ts';
import { eraseLeads } from '../leads/erase-leads.ts';
import { erasePayments } from '../payments/erase-payments.ts';
import { eraseClicks } from '../projections/erase-clicks.ts';
import { eraseLinks } from '../projections/erase-links.ts';
import { maskErased } from '../projections/mask-erased.ts';
import { eraseVisits } from '../projections/visits/erase-visits.ts';
import { eraseDeliveries } from '../send/erase-deliveries.ts';
import { eraseHotEntries } from '../stores/erase-entries.ts';
import { eraseFromArchives } from './archive-files.ts';
import { findMentions } from './find-mentions.ts';
import { findSubject, type Person } from './find-subject.ts';
import { removeSetAside } from './log-search.ts';
import { recordRun } from './privacy-runs.ts';
import type { HotClick, PrivacyTools, SubjectRequest } from './privacy-tools.ts';

/** What an erasure came to. */
export interface ErasureReport {
  readonly run_id: string;
  readonly erased_at: string;
  /** Rows, lines and files changed, by where. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was kept, and why. */
  readonly kept: readonly string[];
}

const KEPT_PAYMENTS =
  "Payments keep amount, product, times and the gateway's ids, without the person: tax law wants them kept (LGPD, art. 16 I).";
const KEPT_RECORD = 'The record that, when and to which platform something was sent, without its contents.';
const KEPT_TOMBSTONES =
  'Keyed hashes of the identifiers, so that a replay, a late webhook or an old file does not bring the person back.';

const KEPT_AWAY =
  'Records of the capture log that could not be reached: they are masked, or removed, as soon as it can be.';

/** `ambiguous`: the digits are one person's Telegram id and another's phone. */
export type ErasureResult =
  | { readonly kind: 'erased'; readonly report: ErasureReport }
  | { readonly kind: 'ambiguous' };

/**
 * Erases a person in one workspace: in the database in one transaction, then in the log, the archives and
 * the hot stores. Again is harmless, and takes away what a break left.
 */
export async function eraseSubject(tools: PrivacyTools, request: SubjectRequest): Promise<ErasureResult> {
  const startedAt = new Date();
  const erased = await tools.db.transaction().execute(async (tx) => {
    // Folds at work come to their end, later ones see the tombstones: none can bring back what is erased here.
    await sql`lock table log_checkpoints in exclusive mode`.execute(tx);
    const found = await findSubject(tx, tools.leads, request);
    return found.kind === 'ambiguous' ? null : eraseRows(tools, tx, found.person);
  });
  if (erased === null) return { kind: 'ambiguous' };
  const { person, at, counts } = erased;
  const { masked, missing } = await maskErased({ ...tools, vault: tools.leads.vault });
  counts.log_lines = masked;
  counts.log_pieces = await removeSetAside(tools.log, person.texts);
  counts.archived_rows = await eraseFromArchives(tools, person);
  await tools.forgetHot(erased.clicks);
  const { workspaceId, actor, reason } = request;
  const run = { workspaceId, kind: 'erase', actor, isDryRun: false, counts, startedAt } as const;
  const runId = await recordRun(tools.db, { ...run, note: reason });
  await recordErasure(tools.db, { person, request, runId });
  const kept = [
    ...(person.paymentIds.length > 0 ? [KEPT_PAYMENTS] : []),
    ...(missing === null ? [] : [`${KEPT_AWAY} (${missing})`]),
    KEPT_RECORD,
    KEPT_TOMBSTONES,
  ];
  return { kind: 'erased', report: { run_id: runId, erased_at: at.toISOString(), counts, kept } };
}

async function eraseRows(tools: PrivacyTools, tx: Transaction<Database>, person: Person) {
  const { vault } = tools.leads;
  const at = new Date();
  const mentions = await findMentions(tx, vault, person);
  const clicks = await listHotClicks(tx, person);
  const { workspaceId, identifiers } = person;
  await saveTombstones(tx, vault, { workspaceId, identifiers, at });
  const erasure: Erasure = {
    rows: person,
    at,
    tokens: new Map(person.tokens.map((token) => [token, buildTrackingToken()])),
    sessions: new Map(person.sessionIds.map((sessionId) => [sessionId, `erased-${buildId()}`])),
    people: new Map(person.telegramUserIds.map((id) => [id, `-${randomInt(1, 2 ** 47)}`])),
  };
  const counts: Record<string, number> = {};
  const add = (more: Readonly<Record<string, number>>) => Object.assign(counts, more);
  add(await eraseLinks(tx, erasure));
  add(await eraseDeliveries(tx, erasure));
  add(await eraseConversions(tx, erasure));
  add(await erasePayments(tx, erasure));
  add(await erasePeople(tx, { ...erasure, updates: mentions.updates }));
  add(await eraseRecipients(tx, erasure));
  add(await eraseCrmRecords(tx, { ...erasure, logIds: mentions.logIds }));
  add(await eraseLeads(tx, erasure));
  add(await eraseVisits(tx, erasure));
  add(await eraseClicks(tx, erasure));
  add(await eraseHotEntries(tx, erasure));
  return { person, at, counts, clicks };
}

async function listHotClicks(
  tx: Transaction<Database>,
  { tokens, workspaceId }: Person,
): Promise<readonly HotClick[]> {
  if (tokens.length === 0) return [];
  const rows = await tx
    .selectFrom('clicks')
    .select(['tracking_token', 'fbclid'])
    .where('tracking_token', 'in', [...tokens])
    .execute();
  const fbclids = new Map(rows.map((row) => [row.tracking_token, row.fbclid]));
  return tokens.map((token) => ({ token, workspaceId, fbclid: fbclids.get(token) ?? null }));
}

/** The log of looks names our own ids only, and at least the run where there was nothing. */
async function recordErasure(
  db: Kysely<Database>,
  of: { readonly person: Person; readonly request: SubjectRequest; readonly runId: string },
): Promise<void> {
  const { person, request, runId } = of;
  const subjects = [
    ...person.leadIds.map((id) => ({ subjectKind: 'lead' as const, subjectId: id })),
    ...person.botUserIds.map((id) => ({ subjectKind: 'bot_user' as const, subjectId: id })),
    ...person.paymentIds.map((id) => ({ subjectKind: 'payment' as const, subjectId: id })),
  ];
  const named = subjects.length > 0 ? subjects : [{ subjectKind: 'export' as const, subjectId: runId }];
  const { workspaceId, actor, reason } = request;
  await recordAccess(
    db,
    named.map((subject) => ({ ...subject, workspaceId, actor, action: 'erase', fields: [], reason })),
  );
}
