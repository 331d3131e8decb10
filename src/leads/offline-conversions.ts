import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** An offline conversion as the table has it. */
export type OfflineConversionRow = Selectable<Database['offline_conversions']>;

/** Offline conversions of a workspace, newest first by when they were made. */
export function listOfflineConversions(
  db: Kysely<Database>,
  question: {
    readonly workspaceId: string;
    readonly leadId?: string | undefined;
    /** Those of which some platform's state is this. */
    readonly syncStatus?: string | undefined;
    readonly before: string | undefined;
    readonly limit: number;
  },
): Promise<OfflineConversionRow[]> {
  const { workspaceId, leadId, syncStatus, before, limit } = question;
  let query = db.selectFrom('offline_conversions').selectAll().where('workspace_id', '=', workspaceId);
  if (leadId !== undefined) query = query.where('lead_id', '=', leadId);
  if (syncStatus !== undefined) {
    query = query.where(
      sql<boolean>`exists (select from jsonb_each_text(sync_status) as one where one.value = ${syncStatus})`,
    );
  }
  if (before) query = query.where('conversion_id', '<', before);
  return query.orderBy('conversion_id', 'desc').limit(limit).execute();
}

/** One offline conversion of a workspace. */
export function findOfflineConversion(
  db: Kysely<Database>,
  { workspaceId, conversionId }: { readonly workspaceId: string; readonly conversionId: string },
): Promise<OfflineConversionRow | undefined> {
  const query = db.selectFrom('offline_conversions').selectAll().where('conversion_id', '=', conversionId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}
