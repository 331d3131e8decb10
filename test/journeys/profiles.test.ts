import { expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/io/database.ts';
import { openVault } from '../../src/io/vault.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { startTestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET_KEY = 'profiles-test-key-profiles-test-key';
const vault = openVault({ key: SECRET_KEY });

test('a profile is made by itself, is read by its workspace alone, and each look is recorded', async () => {
  const server = await startTestServer({ env: { SECRET_KEY } });
  const { db, close } = await openDatabase(server.database.options);
  try {
    const root = await db
      .selectFrom('workspaces')
      .select('workspace_id')
      .where('is_root', '=', true)
      .execute();
    const mine = await addPerson(root[0]?.workspace_id ?? '', '1');
    const theirs = await addPerson((await saveWorkspace(db, { name: 'Others' })).workspace_id, '2');
    const find = () => db.selectFrom('user_profiles').selectAll().where('bot_user_id', '=', mine).execute();
    await waitFor('the profile', async () => (await find()).length === 1);

    const answer = await server.api('GET', `/bot-users/${mine}/profile`);
    expect(answer).toMatchObject({
      status: 200,
      body: { bot_user_id: mine, fraud_score: 70, profile: { quality: { label: 'suspicious' } } },
    });
    const looks = await db.selectFrom('lead_access_log').selectAll().where('subject_id', '=', mine).execute();
    expect(looks).toMatchObject([{ subject_kind: 'bot_user', action: 'read', fields: ['profile'] }]);
    const suspects = { body: { data: [{ id: mine, fraud_score: 70, is_suspicious: true }] } };
    expect(await server.api('GET', '/bot-users?suspicious=true')).toMatchObject(suspects);
    const none = { status: 200, body: { data: [] } };
    for (const room of ['bot-users?suspicious=false', 'payments?suspicious=true', 'leads?suspicious=true'])
      expect(await server.api('GET', `/${room}`)).toMatchObject(none);
    expect((await server.api('GET', '/leads?suspicious=perhaps')).status).toBe(422);
    const workspace = `/workspaces/${root[0]?.workspace_id}`;
    expect(await server.api('GET', workspace)).toMatchObject({ body: { keep_suspicious_out: false } });
    const keep = { keep_suspicious_out: true };
    expect(await server.api('PATCH', workspace, keep)).toMatchObject({ status: 200, body: keep });
    for (const id of [theirs, buildId(), 'nobody'])
      expect((await server.api('GET', `/bot-users/${id}/profile`)).status).toBe(404);
  } finally {
    await close();
  }

  async function addPerson(workspaceId: string, telegramId: string): Promise<string> {
    const names = { name: 'Loja', token: `${telegramId}:a`, telegramBotId: telegramId, username: 'loja_bot' };
    const bot = await saveBot(db, vault, { workspaceId, ...names, delivery: 'webhook' });
    const id = buildId();
    // 15:00 in São Paulo.
    const at = new Date('2026-03-02T18:00:00.000Z');
    const ids = { id, workspace_id: workspaceId, bot_id: bot.bot_id };
    const person = { telegram_user_id: telegramId, chat_id: telegramId, geo_country: 'US' };
    await db
      .insertInto('bot_users')
      .values({ ...ids, ...person, first_interaction: at, last_interaction: at })
      .execute();
    return id;
  }
});
