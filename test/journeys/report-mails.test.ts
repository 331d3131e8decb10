import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mailbox, startMailbox } from '../crm-suite/mailbox.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ask, type Json } from './sales-world.ts';

const PASSWORD = 'a-mail-password-of-the-tests';

let server: TestServer;
let mailbox: Mailbox;

beforeAll(async () => {
  mailbox = await startMailbox({ user: 'rastro', password: PASSWORD });
  server = await startTestServer({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
});
afterAll(() => mailbox.close());

const buildBody = () => ({
  name: 'Semana da loja',
  every: 'week',
  delivery: {
    smtp_url: `smtp://rastro:${PASSWORD}@127.0.0.1:${mailbox.port}`,
    from: 'rastro@loja.example',
    to: ['dona@loja.example', 'agencia@midia.example'],
  },
});

describe('reports by e-mail, through the API', () => {
  test('a schedule is made, tried, changed and removed; its password is never shown', async () => {
    const made = await ask(server, 'POST', '/report-schedules', buildBody());
    const path = `/report-schedules/${made.schedule_id}`;
    expect(made).toMatchObject({ hour: 8, language: 'pt', mail_server: '127.0.0.1', is_active: true });
    expect(await ask(server, 'POST', `${path}/send`)).toMatchObject({ state: 'sent', reason: null });
    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]).toContain('To: dona@loja.example, agencia@midia.example');
    expect(await ask(server, 'PATCH', path, { hour: 6, language: 'en' })).toMatchObject({
      hour: 6,
      language: 'en',
    });
    mailbox.refuse(true);
    const refused = await ask(server, 'POST', `${path}/send`);
    expect(refused).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/refuses user and password/),
    });
    const runs = await ask(server, 'GET', `${path}/runs`);
    expect((runs.data as Json[]).map((run) => [run.kind, run.state])).toEqual([
      ['asked', 'failed'],
      ['asked', 'sent'],
    ]);
    const shown = [made, refused, runs, await ask(server, 'GET', '/report-schedules')];
    expect(JSON.stringify(shown)).not.toContain(PASSWORD);
    expect(server.output()).not.toContain(PASSWORD);
    expect(await ask(server, 'DELETE', path)).toEqual({ result: 'deleted' });
    expect((await server.api('GET', path)).status).toBe(404);
  });

  test.each([
    ['no such rhythm', { every: 'day' }, 'every'],
    ['an hour of no clock', { hour: 24 }, 'hour'],
    ['no readers', { delivery: { smtp_url: 'smtps://mail.example', to: [] } }, 'delivery.to'],
    ['no address', { delivery: { smtp_url: 'smtps://mail.example', to: ['dona'] } }, 'delivery.to.0'],
    [
      'no mail server',
      { delivery: { smtp_url: 'https://mail.example', to: ['a@b.example'] } },
      'delivery.smtp_url',
    ],
  ])('%s is refused', async (_what, change, path) => {
    const answer = await server.api('POST', '/report-schedules', { ...buildBody(), ...change });
    expect(answer.status).toBe(422);
    expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toContain(path);
  });

  test('the report of any days is a page that runs nothing', async () => {
    const answer = await server.api('GET', '/reports/period?from=2026-01-01&to=2026-01-31&lang=pt');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(answer.body).toContain('1 de janeiro de 2026 a 31 de janeiro de 2026');
    expect((await server.api('GET', '/reports/period?from=2026-02-30')).status).toBe(422);
  });
});
