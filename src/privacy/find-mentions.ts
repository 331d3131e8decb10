import type { Kysely } from 'kysely';
import { readUpdate } from '../bot/read-update.ts';
import { UPDATE_CONTEXT } from '../bot/receive-update.ts';
import { LOG_BODY_CONTEXT } from '../crm-sync/due-rows.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import type { Person } from './find-subject.ts';

/** Sealed messages that speak of a person without a column that says so. */
export interface Mentions {
  readonly updates: readonly { readonly botId: string; readonly updateId: string }[];
  readonly logIds: readonly string[];
}

const BATCH = 500;

/** Opens what is sealed and kept for some days, and looks for the person in it. */
export async function findMentions(db: Kysely<Database>, vault: Vault, person: Person): Promise<Mentions> {
  return {
    updates: await findUpdates(db, vault, person),
    logIds: await findCrmBodies(db, vault, person),
  };
}

async function findUpdates(db: Kysely<Database>, vault: Vault, person: Person): Promise<Mentions['updates']> {
  if (person.telegramUserIds.length === 0) return [];
  const rows = await db
    .selectFrom('telegram_updates as t')
    .innerJoin('bots as b', 'b.bot_id', 't.bot_id')
    .select(['t.bot_id', 't.update_id', 't.body'])
    .where('b.workspace_id', '=', person.workspaceId)
    .where('t.body', 'is not', null)
    .execute();
  return rows.flatMap(({ bot_id, update_id, body }) => {
    if (body === null) return [];
    const event = readUpdate(JSON.parse(vault.open(body, UPDATE_CONTEXT)));
    const isOwn = event.kind !== 'ignored' && person.telegramUserIds.includes(String(event.person.userId));
    return isOwn ? [{ botId: bot_id, updateId: update_id }] : [];
  });
}

async function findCrmBodies(db: Kysely<Database>, vault: Vault, person: Person): Promise<string[]> {
  const contacts = person.identifiers.filter(({ kind }) => kind === 'email' || kind === 'phone');
  if (contacts.length === 0) return [];
  const found: string[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db
      .selectFrom('integrations_log')
      .select(['log_id', 'body'])
      .where('workspace_id', '=', person.workspaceId)
      .where('body', 'is not', null)
      .where('log_id', '>', after)
      .orderBy('log_id')
      .limit(BATCH)
      .execute();
    for (const { log_id, body } of rows) {
      const text = body === null ? '' : vault.open(body, LOG_BODY_CONTEXT).toLowerCase();
      const digits = text.replace(/[\s().+-]/g, '');
      if (contacts.some(({ kind, value }) => (kind === 'email' ? text : digits).includes(value)))
        found.push(log_id);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return found;
    after = last.log_id;
  }
}
