import { sql, type Transaction } from 'kysely';
import { releaseConversions, setConversionConsent } from '../conversions/conversions.ts';
import type { Click } from '../domain/click.ts';
import { foldConsent } from '../domain/consent-fold.ts';
import { mergeCookies } from '../domain/cookie-merge.ts';
import { pageViewEventId } from '../domain/event-ids.ts';
import type { ConsentFact, CookiesFact } from '../domain/facts.ts';
import type { Database } from '../io/database.gen.ts';
import { readClickRow } from './find-clicks.ts';

/** What a page says of a click after it. */
export type LateFact = CookiesFact | ConsentFact;

type StoredClick = Click & { readonly consentAt: Date | null; readonly cookiesAt: Date | null };

/** Folds late facts, in their order, into stored clicks; returns those whose click is not stored. */
export async function foldLateFacts(
  db: Transaction<Database>,
  facts: readonly LateFact[],
): Promise<readonly LateFact[]> {
  if (facts.length === 0) return [];
  const stored = await lockClicks(db, [...new Set(facts.map((fact) => fact.token))]);
  const known = facts.filter((fact) => stored.has(fact.token));
  const folded = new Map(stored);
  for (const fact of known) {
    const click = folded.get(fact.token);
    if (click) folded.set(fact.token, foldLateFact(click, fact));
  }
  const changed = [...folded.values()].filter((click) => click !== stored.get(click.trackingToken));
  await updateClicks(db, changed);
  await updateMetaSessions(db, changed);
  await releasePageViews(db, known, folded);
  await saveChoices(db, changed, stored);
  return facts.filter((fact) => !stored.has(fact.token));
}

function foldLateFact(click: StoredClick, fact: LateFact): StoredClick {
  if (fact.kind === 'consent') return foldConsent(click, fact);
  const merged = mergeCookies(click, fact);
  return merged === click ? click : { ...merged, cookiesAt: new Date(fact.at) };
}

// In one order everywhere, so that two drains never wait for each other in a circle.
async function lockClicks(
  db: Transaction<Database>,
  tokens: readonly string[],
): Promise<ReadonlyMap<string, StoredClick>> {
  const rows = await db
    .selectFrom('clicks')
    .selectAll()
    .where('tracking_token', 'in', tokens)
    .orderBy('tracking_token')
    .forUpdate()
    .execute();
  return new Map(
    rows.map((row) => [
      row.tracking_token,
      { ...readClickRow(row), consentAt: row.consent_at, cookiesAt: row.cookies_at },
    ]),
  );
}

async function updateClicks(db: Transaction<Database>, clicks: readonly StoredClick[]): Promise<void> {
  if (clicks.length === 0) return;
  const rows = clicks.map((click) => ({
    tracking_token: click.trackingToken,
    created_at: click.createdAt,
    fbp: click.fbp,
    fbp_origin: click.fbpOrigin,
    fbc: click.fbc,
    fbc_origin: click.fbcOrigin,
    fbi: click.fbi,
    cookies_at: click.cookiesAt,
    consent: click.consent,
    consent_at: click.consentAt,
  }));
  const times = clicks.map((click) => click.createdAt.getTime());
  // The bounds let the planner leave out every other month's partition.
  await sql`
    update clicks set fbp = r.fbp, fbp_origin = r.fbp_origin, fbc = r.fbc, fbc_origin = r.fbc_origin, fbi = r.fbi,
      cookies_at = r.cookies_at, consent = r.consent, consent_at = r.consent_at
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(tracking_token text, created_at timestamptz,
      fbp text, fbp_origin text, fbc text, fbc_origin text, fbi text, cookies_at timestamptz, consent text, consent_at timestamptz)
    where clicks.tracking_token = r.tracking_token and clicks.created_at = r.created_at
      and clicks.created_at between ${new Date(Math.min(...times))} and ${new Date(Math.max(...times))}`.execute(
    db,
  );
}

async function updateMetaSessions(db: Transaction<Database>, clicks: readonly StoredClick[]): Promise<void> {
  if (clicks.length === 0) return;
  const rows = clicks.map(({ trackingToken, fbc, fbp }) => ({ tracking_token: trackingToken, fbc, fbp }));
  await sql`
    update meta_tracking_sessions as s set fbc = r.fbc, fbp = r.fbp, updated_at = now()
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(tracking_token text, fbc text, fbp text)
    where s.tracking_token = r.tracking_token
      and (s.fbc is distinct from r.fbc or s.fbp is distinct from r.fbp)`.execute(db);
}

async function releasePageViews(
  db: Transaction<Database>,
  facts: readonly LateFact[],
  clicks: ReadonlyMap<string, StoredClick>,
): Promise<void> {
  const released = new Map<string, { workspaceId: string; eventId: string; at: Date }>();
  for (const fact of facts) {
    const click = clicks.get(fact.token);
    if (fact.kind !== 'cookies' || !click || released.has(fact.token)) continue;
    const eventId = pageViewEventId(fact.token);
    released.set(fact.token, { workspaceId: click.workspaceId, eventId, at: new Date(fact.at) });
  }
  await releaseConversions(db, [...released.values()]);
}

async function saveChoices(
  db: Transaction<Database>,
  changed: readonly StoredClick[],
  before: ReadonlyMap<string, StoredClick>,
): Promise<void> {
  for (const { trackingToken, consent, consentAt } of changed) {
    if (consent === 'pending' || consentAt === before.get(trackingToken)?.consentAt) continue;
    await setConversionConsent(db, { trackingToken, consent });
  }
}
