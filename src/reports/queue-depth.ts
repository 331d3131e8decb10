import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** How much waits in each queue. */
export interface QueueDepth {
  readonly deliveries: number;
  readonly conversions: number;
  readonly telegramUpdates: number;
  readonly botMessages: number;
  readonly gatewayWebhooks: number;
  readonly paymentChecks: number;
}

/** Counts what waits on the whole server; each count reads only the index of what is due. */
export async function findQueueDepth(db: Kysely<Database>): Promise<QueueDepth> {
  const { rows } = await sql<Record<keyof QueueDepth, string>>`
    select (select count(*) from deliveries where state = 'due') as deliveries,
      (select count(*) from conversions where planned_at is null) as conversions,
      (select count(*) from telegram_updates where state = 'due') as "telegramUpdates",
      (select count(*) from bot_messages where state = 'due') as "botMessages",
      (select count(*) from gateway_webhooks where state = 'due') as "gatewayWebhooks",
      (select count(*) from payments where next_check_at is not null) as "paymentChecks"`.execute(db);
  const [row] = rows;
  return {
    deliveries: Number(row?.deliveries ?? 0),
    conversions: Number(row?.conversions ?? 0),
    telegramUpdates: Number(row?.telegramUpdates ?? 0),
    botMessages: Number(row?.botMessages ?? 0),
    gatewayWebhooks: Number(row?.gatewayWebhooks ?? 0),
    paymentChecks: Number(row?.paymentChecks ?? 0),
  };
}

/** Deliveries of the whole server by state. Reads the whole table: not to be asked for often. */
export async function countDeliveries(db: Kysely<Database>): Promise<Record<string, number>> {
  const query = db.selectFrom('deliveries').select(({ fn }) => ['state', fn.countAll<string>().as('count')]);
  const rows = await query.groupBy('state').execute();
  return Object.fromEntries(rows.map((row) => [row.state, Number(row.count)]));
}

/** A destination that waits for its owner. */
export interface PausedDestination {
  readonly destinationId: string;
  readonly platform: string;
  readonly name: string;
  readonly pausedAt: Date;
  readonly reason: string | null;
}

/** The destinations of a workspace whose credentials or settings were refused. */
export async function listPausedDestinations(
  db: Kysely<Database>,
  workspaceId: string,
): Promise<PausedDestination[]> {
  const rows = await db
    .selectFrom('destinations')
    .innerJoin('destination_states', 'destination_states.destination_id', 'destinations.destination_id')
    .select(['destinations.destination_id', 'platform', 'name', 'paused_at', 'pause_reason'])
    .where('workspace_id', '=', workspaceId)
    .where('is_active', '=', true)
    .where('paused_at', 'is not', null)
    .orderBy('destinations.destination_id')
    .limit(200)
    .execute();
  return rows.flatMap((row) =>
    row.paused_at === null
      ? []
      : [
          {
            destinationId: row.destination_id,
            platform: row.platform,
            name: row.name,
            pausedAt: row.paused_at,
            reason: row.pause_reason,
          },
        ],
  );
}
