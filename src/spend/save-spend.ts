import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { SpendRow } from './spend-row.ts';

const BATCH = 500;

/** Saves rows; one of the same key is replaced. All or none of them. */
export async function saveSpend(
  db: Kysely<Database>,
  workspaceId: string,
  rows: readonly SpendRow[],
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (let start = 0; start < rows.length; start += BATCH) {
      await saveBatch(tx, workspaceId, rows.slice(start, start + BATCH));
    }
  });
}

async function saveBatch(
  tx: Kysely<Database>,
  workspaceId: string,
  rows: readonly SpendRow[],
): Promise<void> {
  await tx
    .insertInto('ad_spend')
    .values(
      rows.map((row) => ({
        workspace_id: workspaceId,
        day: row.day,
        platform: row.platform,
        account_id: row.accountId,
        campaign_id: row.campaignId,
        campaign_name: row.campaignName,
        ad_set_name: row.adSetName,
        ad_name: row.adName,
        utm_source: row.utmSource,
        utm_campaign: row.utmCampaign,
        impressions: row.impressions,
        clicks: row.clicks,
        cost_cents: row.costCents,
        currency: row.currency,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns([
          'workspace_id',
          'day',
          'platform',
          'account_id',
          'campaign_id',
          'campaign_name',
          'ad_set_name',
          'ad_name',
        ])
        .doUpdateSet((update) => ({
          utm_source: update.ref('excluded.utm_source'),
          utm_campaign: update.ref('excluded.utm_campaign'),
          impressions: update.ref('excluded.impressions'),
          clicks: update.ref('excluded.clicks'),
          cost_cents: update.ref('excluded.cost_cents'),
          currency: update.ref('excluded.currency'),
          imported_at: new Date(),
        })),
    )
    .execute();
}

/** Which rows are meant; days are included. */
export interface SpendScope {
  readonly workspaceId: string;
  readonly from: string;
  readonly to: string;
  readonly platform?: string | undefined;
}

/** The rows of some days, newest day first. */
export async function listSpend(
  db: Kysely<Database>,
  {
    workspaceId,
    from,
    to,
    platform,
    limit,
    offset,
  }: SpendScope & { readonly limit: number; readonly offset: number },
): Promise<SpendRow[]> {
  let query = db
    .selectFrom('ad_spend')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('day', '>=', from)
    .where('day', '<=', to);
  if (platform !== undefined) query = query.where('platform', '=', platform);
  const rows = await query
    .orderBy('day', 'desc')
    .orderBy('platform')
    .orderBy('account_id')
    .orderBy('campaign_id')
    .orderBy('campaign_name')
    .orderBy('ad_set_name')
    .orderBy('ad_name')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map((row) => ({
    day: String(row.day),
    platform: row.platform,
    accountId: row.account_id,
    campaignId: row.campaign_id,
    campaignName: row.campaign_name,
    adSetName: row.ad_set_name,
    adName: row.ad_name,
    utmSource: row.utm_source,
    utmCampaign: row.utm_campaign,
    impressions: Number(row.impressions),
    clicks: Number(row.clicks),
    costCents: Number(row.cost_cents),
    currency: row.currency,
  }));
}

/** Removes the rows of some days; how many there were. */
export async function removeSpend(db: Kysely<Database>, scope: SpendScope): Promise<number> {
  let query = db
    .deleteFrom('ad_spend')
    .where('workspace_id', '=', scope.workspaceId)
    .where('day', '>=', scope.from)
    .where('day', '<=', scope.to);
  if (scope.platform !== undefined) query = query.where('platform', '=', scope.platform);
  const { numDeletedRows } = await query.executeTakeFirst();
  return Number(numDeletedRows);
}
