import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Whose way through the demonstration is asked for. */
export interface Walker {
  readonly workspaceId: string;
  /** The beginning of every fbclid that the person was given. */
  readonly clickMark: string;
  readonly telegramUserId: number;
}

/** An event on its way to the ad platform. */
export interface WalkEvent {
  readonly eventId: string;
  readonly name: string;
  /** `held` = not planned yet; the others are its delivery's states, `none` = nothing to deliver to. */
  readonly state: 'held' | 'due' | 'sent' | 'failed' | 'skipped' | 'none';
}

/** How far a person has come with the newest of their clicks. */
export interface DemoWalk {
  readonly token: string;
  readonly clickedAt: Date;
  readonly start: { readonly at: Date; readonly matchedBy: string | null } | null;
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly createdAt: Date;
    readonly paidAt: Date | null;
    readonly openedAt: Date | null;
    readonly deliveryToken: string | null;
  } | null;
  readonly events: readonly WalkEvent[];
}

const MOST_CLICKS = 50;

/** The newest click's way; null before the first. */
export async function findDemoWalk(db: Kysely<Database>, walker: Walker): Promise<DemoWalk | null> {
  const [click] = await listClicks(db, walker, 1);
  if (!click) return null;
  const { tracking_token: token, created_at: clickedAt } = click;
  const start = await db
    .selectFrom('bot_starts')
    .select(['started_at as at', 'matched_by as matchedBy'])
    .where('workspace_id', '=', walker.workspaceId)
    .where('tracking_token', '=', token)
    .orderBy('started_at')
    .executeTakeFirst();
  const payment = await db
    .selectFrom('payments')
    .select(['id', 'status', 'created_at as createdAt', 'paid_at as paidAt'])
    .select(['delivery_opened_at as openedAt', 'delivery_token as deliveryToken'])
    .where('workspace_id', '=', walker.workspaceId)
    .where('tracking_token', '=', token)
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  const events = await listEvents(db, walker.workspaceId, [token]);
  return { token, clickedAt, start: start ?? null, payment: payment ?? null, events };
}

/** The events of a person's last 50 clicks, newest first. */
export async function listWalkEvents(db: Kysely<Database>, walker: Walker): Promise<WalkEvent[]> {
  const clicks = await listClicks(db, walker, MOST_CLICKS);
  return listEvents(
    db,
    walker.workspaceId,
    clicks.map((click) => click.tracking_token),
  );
}

// By the fbclid that the sample ad gave them, or because they pressed Start with a link that somebody passed on.
function listClicks(db: Kysely<Database>, walker: Walker, limit: number) {
  return db
    .selectFrom('clicks')
    .select(['tracking_token', 'created_at'])
    .where('workspace_id', '=', walker.workspaceId)
    .where((where) =>
      where.or([
        sql<boolean>`starts_with(fbclid, ${walker.clickMark})`,
        where('tracking_token', 'in', (from) =>
          from
            .selectFrom('bot_starts')
            .innerJoin('bot_users', 'bot_users.id', 'bot_starts.bot_user_id')
            .select('bot_starts.tracking_token')
            .where('bot_users.workspace_id', '=', walker.workspaceId)
            .where('bot_users.telegram_user_id', '=', String(walker.telegramUserId))
            .where('bot_starts.tracking_token', 'is not', null),
        ),
      ]),
    )
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute();
}

async function listEvents(
  db: Kysely<Database>,
  workspaceId: string,
  tokens: readonly string[],
): Promise<WalkEvent[]> {
  if (tokens.length === 0) return [];
  const rows = await db
    .selectFrom('conversions')
    .leftJoin('deliveries', 'deliveries.conversion_id', 'conversions.conversion_id')
    .select(['event_id', 'conversion_name', 'planned_at', 'deliveries.state'])
    .where('conversions.workspace_id', '=', workspaceId)
    .where('tracking_token', 'in', tokens)
    .orderBy('occurred_at', 'desc')
    .execute();
  return rows.map((row) => ({
    eventId: row.event_id,
    name: row.conversion_name,
    state: readState(row.planned_at, row.state),
  }));
}

function readState(plannedAt: Date | null, state: string | null): WalkEvent['state'] {
  if (plannedAt === null) return 'held';
  return state === 'due' || state === 'sent' || state === 'failed' || state === 'skipped' ? state : 'none';
}
