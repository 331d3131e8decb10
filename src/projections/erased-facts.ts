import type { Kysely } from 'kysely';
import type { CollectItem } from '../domain/collect.ts';
import { buildStableId } from '../domain/collect-id.ts';
import type { Fact } from '../domain/facts.ts';
import { readEmail, readPhone } from '../domain/identity.ts';
import type { Database } from '../io/database.gen.ts';
import { type DatedIdentifier, type ErasedTest, findErased, hasErasures } from '../io/tombstones.ts';
import type { Vault } from '../io/vault.ts';
import type { PlacedRecord } from './placed-record.ts';

/** What of a request of a site tells whose it is. */
interface VisitOwner {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly sessionId: string;
}

/** Leaves out what belongs to people who were erased after it happened: a replay must not bring them back. */
export async function leaveOutErased(
  db: Kysely<Database>,
  vault: Vault,
  records: readonly PlacedRecord[],
): Promise<readonly PlacedRecord[]> {
  const oldest = records.reduce((least, record) => Math.min(least, readTime(record)), LAST_TIME);
  // Before anything is hashed: of a day's batches hardly one comes here to its end.
  if (oldest === LAST_TIME || !(await hasErasures(db, new Date(oldest)))) return records;
  const isErased = await findErased(db, vault, records.flatMap(listIdentifiers));
  return records.flatMap((record): readonly PlacedRecord[] => {
    if (record.kind !== 'visit') return listIdentifiers(record).some(isErased) ? [] : [record];
    const { visit } = record;
    const items = visit.items.filter((item) => !isErasedItem(isErased, visit, item));
    if (items.length === visit.items.length) return [record];
    return items.length === 0 ? [] : [{ ...record, visit: { ...visit, items } }];
  });
}

/** Of records that are nobody's. */
const LAST_TIME = 8.64e15;

function readTime(record: PlacedRecord): number {
  switch (record.kind) {
    case 'click':
      return record.click.createdAt.getTime();
    case 'visit':
      return record.visit.items.reduce((least, { at }) => Math.min(least, at), LAST_TIME);
    case 'late':
      return record.fact.at;
    case 'uncounted':
    case 'erased':
      return LAST_TIME;
  }
}

/** The identifiers that a record of the log carries, each with the time of what carries it. */
export function listFactIdentifiers(fact: Fact): readonly DatedIdentifier[] {
  switch (fact.kind) {
    case 'click':
      return [{ workspaceId: fact.workspaceId, kind: 'token', value: fact.token, at: fact.at }];
    case 'cookies':
    case 'consent':
      return [{ workspaceId: null, kind: 'token', value: fact.token, at: fact.at }];
    case 'collect':
      return fact.items.flatMap((item) => listItemIdentifiers(fact, item));
    case 'uncounted':
    case 'erased':
      return [];
  }
}

function listIdentifiers(record: PlacedRecord): readonly DatedIdentifier[] {
  switch (record.kind) {
    case 'click': {
      const { workspaceId, trackingToken, createdAt } = record.click;
      return [{ workspaceId, kind: 'token', value: trackingToken, at: createdAt.getTime() }];
    }
    case 'late':
      return listFactIdentifiers(record.fact);
    case 'visit':
      return record.visit.items.flatMap((item) => listItemIdentifiers(record.visit, item));
    case 'uncounted':
    case 'erased':
      return [];
  }
}

const isErasedItem = (isErased: ErasedTest, visit: VisitOwner, item: CollectItem): boolean =>
  listItemIdentifiers(visit, item).some(isErased);

function listItemIdentifiers(
  { workspaceId, domainId, sessionId }: VisitOwner,
  item: CollectItem,
): readonly DatedIdentifier[] {
  const { at } = item;
  // The second is what a session is called whose id another domain's session had already.
  const sessions = [sessionId, buildStableId('session', domainId, sessionId)];
  const own = sessions.map((value) => ({ workspaceId, kind: 'session' as const, value, at }));
  if (item.type !== 'lead') return own;
  const email = item.email === null ? null : readEmail(item.email);
  const phone = item.phone === null ? null : readPhone(item.phone);
  return [
    ...own,
    ...(email === null ? [] : [{ workspaceId, kind: 'email' as const, value: email, at }]),
    ...(phone === null ? [] : [{ workspaceId, kind: 'phone' as const, value: phone, at }]),
  ];
}
