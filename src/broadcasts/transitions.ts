import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { databaseErrorCode, UNIQUE_VIOLATION } from '../settings/paging.ts';
import type { BroadcastRow, BroadcastState } from './broadcast-row.ts';
import { type BroadcastKey, findBroadcast } from './broadcasts.ts';

/** What a wish came to. `done` also when it was so already: a repetition changes nothing. */
export type Transition =
  | { readonly kind: 'done'; readonly broadcast: BroadcastRow }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown' };

interface Step {
  readonly from: readonly BroadcastState[];
  /** States in which the wish is fulfilled already. */
  readonly already: readonly BroadcastState[];
  readonly set: RawBuilder<unknown>;
  readonly refusal: string;
}

/** One statement: of two that come at the same time, one finds the other's state. */
async function take(db: Kysely<Database>, key: BroadcastKey, step: Step): Promise<Transition> {
  const { rows } = await sql<BroadcastRow>`
    update broadcasts set ${step.set}, updated_at = now()
    where broadcast_id = ${key.broadcastId} and workspace_id = ${key.workspaceId}
      and state = any(${[...step.from]}::text[])
    returning *`.execute(db);
  if (rows[0]) return { kind: 'done', broadcast: rows[0] };
  const broadcast = await findBroadcast(db, key);
  if (!broadcast) return { kind: 'unknown' };
  if (step.already.some((state) => state === broadcast.state)) return { kind: 'done', broadcast };
  return { kind: 'refused', why: `The broadcast is ${broadcast.state}; ${step.refusal}` };
}

/** What is fixed when a broadcast starts. */
export interface Start {
  /** JSON of the template's content, and of the segment's filter; null = everybody in the bots. */
  readonly content: string;
  readonly filter: string | null;
  /** Null = now. */
  readonly startsAt: Date | null;
}

/** Starts a draft, now or at its time. */
export function startBroadcast(db: Kysely<Database>, key: BroadcastKey, start: Start): Promise<Transition> {
  const { content, filter, startsAt } = start;
  return take(db, key, {
    from: ['draft'],
    already: ['scheduled', 'preparing', 'sending', 'done'],
    set: sql`content = ${content}::jsonb, filter = ${filter}::jsonb, starts_at = ${startsAt}, started_at = now(),
      state = case when ${startsAt}::timestamptz > now() then 'scheduled' else 'preparing' end`,
    refusal: 'only a draft can be started.',
  });
}

/** Pauses; what Telegram was called for already comes to its end. */
export function pauseBroadcast(db: Kysely<Database>, key: BroadcastKey): Promise<Transition> {
  return take(db, key, {
    from: ['scheduled', 'preparing', 'sending'],
    already: ['paused'],
    set: sql`state = 'paused', pause_reason = null`,
    refusal: 'only one that runs or waits for its time can be paused.',
  });
}

/** Pauses by itself what is as it was seen; a person who has resumed it since has seen to what was wrong. */
export async function pauseItself(
  db: Kysely<Database>,
  seen: Pick<BroadcastRow, 'broadcast_id' | 'updated_at'>,
  reason: string,
): Promise<void> {
  await sql`
    update broadcasts set state = 'paused', pause_reason = ${reason}, updated_at = now()
    where broadcast_id = ${seen.broadcast_id} and state = 'sending'
      and date_trunc('milliseconds', updated_at) = ${seen.updated_at}`.execute(db);
}

/** Goes on where it was. */
export function resumeBroadcast(db: Kysely<Database>, key: BroadcastKey): Promise<Transition> {
  return take(db, key, {
    from: ['paused'],
    already: ['scheduled', 'preparing', 'sending', 'done'],
    set: sql`pause_reason = null, state = case when prepared_at is not null then 'sending'
      when starts_at > now() then 'scheduled' else 'preparing' end`,
    refusal: 'only a paused one can be resumed.',
  });
}

/** Ends it for good; who was not sent to yet is skipped. */
export function stopBroadcast(db: Kysely<Database>, key: BroadcastKey): Promise<Transition> {
  return take(db, key, {
    from: ['scheduled', 'preparing', 'sending', 'paused'],
    already: ['stopped', 'done'],
    set: sql`state = 'stopped', pause_reason = null`,
    refusal: 'a draft is deleted instead.',
  });
}

/** How many people are tried again, or why none. */
export type Retry =
  | { readonly kind: 'queued'; readonly people: number }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown' };

/**
 * Sends again to people with this result: a person's decision, because of who is `unknown` some have the message. Not
 * to those whom another broadcast of the same campaign has reached.
 */
export async function retryRecipients(
  db: Kysely<Database>,
  key: BroadcastKey,
  of: { readonly state: 'unknown' | 'failed'; readonly botUserIds: readonly string[] | null },
): Promise<Retry> {
  try {
    return await db.transaction().execute(async (tx) => {
      const resumed = await take(tx, key, {
        from: ['sending', 'done'],
        already: ['paused'],
        set: sql`state = 'sending', finished_at = null`,
        refusal: 'what was not started or was stopped sends nothing again.',
      });
      if (resumed.kind !== 'done') return resumed;
      const ids = of.botUserIds === null ? null : [...of.botUserIds];
      const { numAffectedRows = 0n } = await sql`
        update broadcast_recipients r
        set state = 'due', reason = null, detail = null, settled_at = null, claimed_by = null, attempts = 0,
          next_attempt_at = now()
        where r.broadcast_id = ${key.broadcastId} and r.state = ${of.state}
          and (${ids}::uuid[] is null or r.bot_user_id = any(${ids}::uuid[]))
          and not exists (select from broadcast_recipients other
            where other.workspace_id = r.workspace_id and other.campaign_key = r.campaign_key
              and other.telegram_user_id = r.telegram_user_id and other.broadcast_id <> r.broadcast_id
              and other.state in ('due', 'sending', 'sent', 'unknown'))`.execute(tx);
      return { kind: 'queued', people: Number(numAffectedRows) } as const;
    });
  } catch (error) {
    if (databaseErrorCode(error) !== UNIQUE_VIOLATION) throw error;
    return { kind: 'refused', why: 'Another broadcast of the same campaign begins right now; try again.' };
  }
}
