import { saveConversions } from '../../src/conversions/conversions.ts';
import { pageViewEventId, purchaseEventId, viewContentEventId } from '../../src/domain/event-ids.ts';
import { buildId } from '../../src/domain/ids.ts';
import { runDueProfiles } from '../../src/profiles/due-profiles.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { openSendWorld } from './send-world.ts';

/** A world of sending with people and leads who may be suspicious. */
export type SuspicionWorld = Awaited<ReturnType<typeof openSuspicionWorld>>;

export async function openSuspicionWorld() {
  const world = await openSendWorld();
  const { db, workspaceId } = world;
  const profiles = async () => {
    while ((await runDueProfiles(db)) > 0);
  };
  return {
    ...world,
    /** Makes every profile that is due. */
    profiles,
    keepOut: (keeps: boolean) => updateWorkspace(db, workspaceId, { keep_suspicious_out: keeps }),
    /** A buyer with a page view, a view of the bot and a purchase; returns the events' ids. */
    addBuyer: () => addBuyer(world),
    /** The click of a person turns out to be a program's, or not. */
    async setBot(botUserId: string, isBot: boolean) {
      await db.updateTable('bot_users').set({ is_bot_detected: isBot }).where('id', '=', botUserId).execute();
      await profiles();
    },
    /** A lead of a session that is a program's. */
    addBotLead: () => addBotLead(world),
    async setBotSession(leadId: string, isBot: boolean) {
      const { session_id: id } = await db
        .selectFrom('leads')
        .select('session_id')
        .where('lead_id', '=', leadId)
        .executeTakeFirstOrThrow();
      await db
        .updateTable('sessions')
        .set({ is_bot_detected: isBot })
        .where('session_id', '=', id ?? '')
        .execute();
      await profiles();
    },
    notes: () =>
      db
        .selectFrom('platform_sync_log')
        .select(['platform', 'sync_status', 'error_message', 'http_status_code'])
        .where('attempt', '=', 0)
        .orderBy('sync_id')
        .execute(),
    async reset() {
      await world.reset();
      await updateWorkspace(db, workspaceId, { keep_suspicious_out: false, settings: '{}' });
      await db.deleteFrom('suspicion_changes').execute();
      await db.deleteFrom('bot_users').execute();
      for (const table of ['profiles_due', 'lead_profiles_due', 'lead_profiles'] as const)
        await db.deleteFrom(table).execute();
    },
  };
}

type World = Awaited<ReturnType<typeof openSendWorld>>;

async function addBuyer(world: World) {
  const { db, workspaceId, clock } = world;
  const person = await world.addPurchase();
  const at = new Date(clock.now() - 1_000);
  await db
    .updateTable('clicks')
    .set({ client_user_agent: 'Mozilla/5.0 (iPhone)', client_ip: '203.0.113.77' })
    .where('tracking_token', '=', person.token)
    .execute();
  const start = { bot_user_id: person.botUserId, workspace_id: workspaceId, tracking_token: person.token };
  await db
    .insertInto('bot_starts')
    .values({ ...start, update_id: 1, outcome: 'matched', started_at: at })
    .execute();
  const events = {
    page_view: pageViewEventId(person.token),
    view_content: viewContentEventId(person.token),
    purchase: purchaseEventId(person.paymentId),
  };
  const base = { workspaceId, occurredAt: at, holdUntil: at, trackingToken: person.token } as const;
  await saveConversions(db, [
    { ...base, name: 'page_view', eventId: events.page_view, consent: 'granted' },
    { ...base, name: 'view_content', eventId: events.view_content, consent: 'granted' },
  ]);
  return { ...person, events: Object.values(events) };
}

async function addBotLead({ db, workspaceId, addLead }: World): Promise<string> {
  const leadId = await addLead();
  const sessionId = buildId();
  await db
    .insertInto('sessions')
    .values({
      ...{ session_id: sessionId, workspace_id: workspaceId, domain_id: buildId(), converted: true },
      ...{ started_at: new Date(), last_activity_at: new Date(), is_bot_detected: true },
    })
    .execute();
  await db.updateTable('leads').set({ session_id: sessionId }).where('lead_id', '=', leadId).execute();
  return leadId;
}
