import type { Kysely, Selectable } from 'kysely';
import type { ConversionName } from '../domain/conversion.ts';
import type { Database } from '../io/database.gen.ts';

/** What is shown of one delivery of a conversion. */
export type DeliverySummary = Pick<
  Selectable<Database['deliveries']>,
  | 'delivery_id'
  | 'conversion_id'
  | 'destination_id'
  | 'platform'
  | 'action'
  | 'revision'
  | 'state'
  | 'reason'
  | 'attempts'
  | 'next_attempt_at'
  | 'deadline_at'
  | 'receipt'
  | 'settled_at'
>;

/** A conversion with its deliveries. */
export interface ListedConversion extends Selectable<Database['conversions']> {
  readonly deliveries: readonly DeliverySummary[];
}

/** Which conversions are asked for. */
export interface ConversionQuestion {
  readonly workspaceId: string;
  readonly trackingToken?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly leadId?: string | undefined;
  readonly name?: ConversionName | undefined;
  /** Goes on below this id. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** Conversions with their deliveries, newest first. */
export async function listConversions(
  db: Kysely<Database>,
  question: ConversionQuestion,
): Promise<ListedConversion[]> {
  const { trackingToken, paymentId, leadId, name, beforeId } = question;
  let query = db.selectFrom('conversions').selectAll().where('workspace_id', '=', question.workspaceId);
  if (trackingToken) query = query.where('tracking_token', '=', trackingToken);
  if (paymentId) query = query.where('payment_id', '=', paymentId);
  if (leadId) query = query.where('lead_id', '=', leadId);
  if (name) query = query.where('conversion_name', '=', name);
  if (beforeId) query = query.where('conversion_id', '<', beforeId);
  const rows = await query.orderBy('conversion_id', 'desc').limit(question.limit).execute();
  const deliveries = await findDeliveries(
    db,
    rows.map((row) => row.conversion_id),
  );
  return rows.map((row) => ({ ...row, deliveries: deliveries.get(row.conversion_id) ?? [] }));
}

async function findDeliveries(db: Kysely<Database>, conversionIds: readonly string[]) {
  if (conversionIds.length === 0) return new Map<string, DeliverySummary[]>();
  const rows = await db
    .selectFrom('deliveries')
    .select(['delivery_id', 'conversion_id', 'destination_id', 'platform', 'state', 'reason'])
    .select(['action', 'revision'])
    .select(['attempts', 'next_attempt_at', 'deadline_at', 'receipt', 'settled_at'])
    .where('conversion_id', 'in', conversionIds)
    .orderBy('delivery_id')
    .execute();
  return Map.groupBy(rows, (row) => row.conversion_id);
}
