import { type Kysely, sql } from 'kysely';
import { buildScore, keepLeadRules, listVisitRules, type ScoreWeights } from '../domain/lead-score.ts';
import { chooseTouch, type LeadTouch } from '../domain/lead-touch.ts';
import type { Database } from '../io/database.gen.ts';
import type { ConvertedSession } from './new-lead.ts';
import { findScoreWeights } from './score-weights.ts';

/**
 * Joins leads to their sessions, as far as those are known: the touch that they are attributed to, the time to the
 * conversion, the visit's part of the score. Call it whenever sessions, touches or page views of them were folded: it
 * works out the same whatever came first. A touch from which a conversion was made stays. Answers the sessions that
 * have a lead.
 */
export async function joinLeads(
  db: Kysely<Database>,
  sessionIds: readonly string[],
): Promise<ConvertedSession[]> {
  const wanted = [...new Set(sessionIds)];
  const leads = wanted.length === 0 ? [] : await findLeadsOf(db, wanted);
  if (leads.length === 0) return [];
  const touches = await findTouches(db, wanted);
  const weights = await findScoreWeights(db, [...new Set(leads.map((lead) => lead.workspace_id))]);
  for (const lead of leads) {
    const own = (touches.get(lead.session_id) ?? []).filter((one) => one.workspaceId === lead.workspace_id);
    await joinLead(db, { lead, touches: own, weights: weights.get(lead.workspace_id) ?? {} });
  }
  return leads.map((lead) => ({
    workspaceId: lead.workspace_id,
    sessionId: lead.session_id,
    leadId: lead.lead_id,
    convertedAt: lead.created_at,
  }));
}

interface JoinedLead {
  readonly lead_id: string;
  readonly workspace_id: string;
  readonly session_id: string;
  readonly created_at: Date;
  readonly utm_tracking_id: string | null;
  readonly score_reasons: unknown;
  readonly lead_score: number | null;
  readonly time_to_conversion: number | null;
  readonly started_at: Date;
  readonly return_visits: number;
  readonly is_bot_detected: boolean;
  readonly page_views: string;
  readonly is_settled: boolean;
}

async function findLeadsOf(
  db: Kysely<Database>,
  sessionIds: readonly string[],
): Promise<readonly JoinedLead[]> {
  const { rows } = await sql<JoinedLead>`
    select l.lead_id, l.workspace_id, l.session_id, l.created_at, l.utm_tracking_id, l.score_reasons, l.lead_score,
      l.time_to_conversion, s.started_at, s.return_visits, s.is_bot_detected,
      (select count(*) from page_views v where v.session_id = l.session_id and v.created_at <= l.created_at)
        as page_views,
      exists (select from offline_conversions o where o.lead_id = l.lead_id and o.original_tracking_id is not null)
        as is_settled
    from leads l join sessions s on s.session_id = l.session_id and s.workspace_id = l.workspace_id
    where l.session_id = any(${sessionIds}::text[])`.execute(db);
  return rows;
}

interface OwnedTouch extends LeadTouch {
  readonly workspaceId: string;
}

async function findTouches(
  db: Kysely<Database>,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OwnedTouch[]>> {
  const rows = await db
    .selectFrom('utm_tracking')
    .select(['tracking_id', 'session_id', 'workspace_id', 'created_at'])
    .select(
      sql<boolean>`coalesce(gclid, gbraid, wbraid, fbclid, ttclid, li_fat_id, msclkid) is not null`.as(
        'has_click_id',
      ),
    )
    .select(sql<boolean>`coalesce(utm_source, utm_campaign, utm_id) is not null`.as('has_campaign'))
    .where('session_id', 'in', sessionIds)
    .execute();
  const touches = rows.map((row) => ({
    sessionId: row.session_id,
    workspaceId: row.workspace_id,
    trackingId: row.tracking_id,
    at: row.created_at,
    hasClickId: row.has_click_id,
    hasCampaign: row.has_campaign,
  }));
  return Map.groupBy(touches, (touch) => touch.sessionId);
}

interface Join {
  readonly lead: JoinedLead;
  readonly touches: readonly OwnedTouch[];
  readonly weights: ScoreWeights;
}

async function joinLead(db: Kysely<Database>, { lead, touches, weights }: Join): Promise<void> {
  const chosen = chooseTouch(touches, lead.created_at);
  const touchId = lead.is_settled ? lead.utm_tracking_id : (chosen?.trackingId ?? lead.utm_tracking_id);
  const { score, reasons } = buildScore(
    [
      ...keepLeadRules(readReasons(lead.score_reasons)),
      ...listVisitRules({
        hasClickId: chosen?.hasClickId ?? false,
        hasCampaign: chosen?.hasCampaign ?? false,
        pageViews: Number(lead.page_views),
        returnVisits: lead.return_visits,
        isBot: lead.is_bot_detected,
      }),
    ],
    weights,
  );
  const seconds = Math.max(0, Math.round((lead.created_at.getTime() - lead.started_at.getTime()) / 1000));
  const isSame =
    touchId === lead.utm_tracking_id &&
    seconds === lead.time_to_conversion &&
    score === lead.lead_score &&
    JSON.stringify(reasons) === JSON.stringify(lead.score_reasons);
  if (isSame) return;
  await db
    .updateTable('leads')
    .set({
      utm_tracking_id: touchId,
      time_to_conversion: seconds,
      lead_score: score,
      score_reasons: JSON.stringify(reasons),
    })
    .where('lead_id', '=', lead.lead_id)
    .execute();
  if (touchId !== lead.utm_tracking_id) await fillConversion(db, lead.lead_id, touchId);
}

/** A sale that was told before the visit gets the visit's ids as soon as they are known. */
async function fillConversion(db: Kysely<Database>, leadId: string, touchId: string | null): Promise<void> {
  await sql`
    update offline_conversions o set original_tracking_id = t.tracking_id, gclid = t.gclid, gbraid = t.gbraid,
      wbraid = t.wbraid, fbclid = t.fbclid, ttclid = t.ttclid, li_fat_id = t.li_fat_id
    from utm_tracking t
    where o.lead_id = ${leadId} and o.original_tracking_id is null and t.tracking_id = ${touchId}`.execute(
    db,
  );
}

function readReasons(reasons: unknown): { rule: string }[] {
  if (!Array.isArray(reasons)) return [];
  return reasons.flatMap((reason: unknown) =>
    typeof reason === 'object' && reason !== null && 'rule' in reason ? [{ rule: String(reason.rule) }] : [],
  );
}
