import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReportMails } from '../../src/doctor/check-report-mails.ts';
import { openMailer } from '../../src/io/mail.ts';
import { openVault } from '../../src/io/vault.ts';
import { drawReport, writeReport } from '../../src/report-mails/draw-report.ts';
import { buildReportView } from '../../src/report-mails/report-view.ts';
import { listRuns } from '../../src/report-mails/runs.ts';
import { type ReportDelivery, saveSchedule, updateSchedule } from '../../src/report-mails/schedules.ts';
import { sendDueReports } from '../../src/report-mails/send-report.ts';
import { findPeriodSummary } from '../../src/reports/period-summary.ts';
import { type Mailbox, startMailbox } from '../crm-suite/mailbox.ts';
import { seedMidnight } from './analytics-seed.ts';
import { type AnalyticsWorld, openAnalyticsWorld } from './analytics-world.ts';

const vault = openVault({ key: 'a'.repeat(44) });
const logger = pino({ level: 'silent' });

let world: AnalyticsWorld;
let mailbox: Mailbox;

beforeAll(async () => {
  world = await openAnalyticsWorld();
  await seedMidnight(world);
  mailbox = await startMailbox({ user: 'rastro', password: 'a-password-of-the-tests' });
});
afterAll(async () => {
  await mailbox.close();
  await world.close();
});

const toolsAt = (at: string) => ({
  db: world.db,
  vault,
  mailer: openMailer({ allowPrivate: ['127.0.0.0/8'], logger }),
  clock: { now: () => Date.parse(at) },
  logger,
  publicUrl: 'https://rastro.example',
});

const deliveryTo = (port: number): ReportDelivery => ({
  smtp_url: `smtp://rastro:a-password-of-the-tests@127.0.0.1:${port}`,
  from: 'rastro@loja.example',
  to: ['dona@loja.example'],
});

async function addSchedule(createdAt: string, port = mailbox.port) {
  const { workspaceId } = world;
  const row = await saveSchedule(world.db, vault, {
    workspaceId,
    fields: {
      ...{ name: 'Semana', every: 'week', hour: 8, isActive: true },
      language: 'pt',
      delivery: deliveryTo(port),
    },
  });
  await world.db
    .updateTable('report_schedules')
    .set({ created_at: new Date(createdAt) })
    .where('schedule_id', '=', row.schedule_id)
    .execute();
  return row.schedule_id;
}

const runsOf = (scheduleId: string) =>
  listRuns(world.db, { workspaceId: world.workspaceId, scheduleId, limit: 10, before: undefined });

/** One schedule at a time: each test ends its own. */
const endSchedule = (scheduleId: string) =>
  world.db.deleteFrom('report_schedules').where('schedule_id', '=', scheduleId).execute();

describe('reports by e-mail', () => {
  test('the week is mailed once, after its end in the workspace’s zone, by however many at once', async () => {
    const id = await addSchedule('2026-11-11T12:00:00Z');
    // Monday, 07:59 in São Paulo.
    expect(await sendDueReports(toolsAt('2026-11-16T10:59:00Z'))).toMatchObject({ opened: 0, sent: 0 });
    const rounds = await Promise.all(
      Array.from({ length: 3 }, () => sendDueReports(toolsAt('2026-11-16T11:00:00Z'))),
    );
    expect(rounds.reduce((sum, round) => sum + round.sent, 0)).toBe(1);
    expect(await sendDueReports(toolsAt('2026-11-18T11:00:00Z'))).toMatchObject({ opened: 0, sent: 0 });
    expect(await runsOf(id)).toMatchObject([
      { kind: 'scheduled', period_from: '2026-11-09', period_to: '2026-11-15', state: 'sent', reason: null },
    ]);
    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]).toContain('To: dona@loja.example');
    expect(mailbox.mails[0]).toContain('From: rastro@loja.example');
    await endSchedule(id);
  });

  test('it says what the views say, in both languages, and escapes what came from ads', async () => {
    await world.addSpend({ day: '2026-11-10', campaign: '<b>oferta</b>', cents: 1_00 });
    await world.refresh();
    const period = { from: '2026-11-09', to: '2026-11-15' };
    const summary = await findPeriodSummary(world.db, { workspaceId: world.workspaceId, period });
    if (!summary) throw new Error('the workspace is gone');
    const view = (language: 'pt' | 'en') =>
      buildReportView(summary, { language, every: 'week', publicUrl: 'https://rastro.example' });
    const pt = writeReport(view('pt'));
    expect(pt).toContain('Relatório da semana: Loja\n9 de novembro de 2026 a 15 de novembro de 2026');
    expect(pt).toMatch(/Receita: R\$\s1\.334,56 \(sem período anterior/);
    expect(pt).toContain('Melhor dia: 11/11');
    // The site's sale counts in the order as much as the bot's.
    expect(pt.indexOf('- marca|7700112233')).toBeLessThan(pt.indexOf('- Black Friday'));
    const en = writeReport(view('en'));
    expect(en).toMatch(/Revenue: R\$1,334\.56/);
    expect(en).toContain('rastro.example');
    const html = drawReport(view('en'));
    expect(html).toContain('&lt;b&gt;oferta&lt;/b&gt;');
    expect(html).not.toMatch(/<script|<b>oferta|src=|url\(/i);
  });

  test('an empty week says what to look at', async () => {
    const period = { from: '2026-10-05', to: '2026-10-11' };
    const summary = await findPeriodSummary(world.db, { workspaceId: world.workspaceId, period });
    if (!summary) throw new Error('the workspace is gone');
    const view = buildReportView(summary, {
      language: 'pt',
      every: 'week',
      publicUrl: 'https://rastro.example',
    });
    expect(view).toMatchObject({ bars: null, tables: [], lists: [] });
    expect(drawReport(view)).toContain('Nada foi capturado neste período');
  });

  test('a mail server that is away is asked again; new access data make what failed due again', async () => {
    const id = await addSchedule('2026-11-11T12:00:00Z', 1);
    expect(await sendDueReports(toolsAt('2026-11-16T12:00:00Z'))).toMatchObject({
      opened: 1,
      sent: 0,
      unsent: 1,
    });
    expect(await runsOf(id)).toMatchObject([
      { state: 'due', attempts: 1, reason: expect.stringMatching(/did not take/) },
    ]);
    expect(await checkReportMails(world.db)).toMatchObject([{ state: 'ok' }]);
    await world.db
      .updateTable('report_runs')
      .set({ state: 'failed' })
      .where('schedule_id', '=', id)
      .execute();
    expect(await checkReportMails(world.db)).toMatchObject([
      { state: 'warning', detail: expect.stringMatching(/“Semana” is not mailed: .*did not take/) },
    ]);
    await updateSchedule(world.db, vault, {
      workspaceId: world.workspaceId,
      scheduleId: id,
      changes: { delivery: deliveryTo(mailbox.port) },
    });
    // Due from this moment on, when a later week may have come due as well.
    const { opened, sent } = await sendDueReports(toolsAt(new Date().toISOString()));
    expect(sent - opened).toBe(1);
    expect((await runsOf(id)).at(-1)).toMatchObject({ period_from: '2026-11-09', state: 'sent' });
    await endSchedule(id);
  });

  test('a refused password waits for the right one, and says so without it', async () => {
    const id = await addSchedule('2026-11-11T12:00:00Z');
    mailbox.refuse(true);
    expect(await sendDueReports(toolsAt('2026-11-16T12:00:00Z'))).toMatchObject({ sent: 0, unsent: 1 });
    mailbox.refuse(false);
    const [run] = await runsOf(id);
    expect(run).toMatchObject({ state: 'due', reason: expect.stringMatching(/refuses user and password/) });
    expect(JSON.stringify(run)).not.toContain('a-password-of-the-tests');
    expect(await sendDueReports(toolsAt('2026-11-16T13:00:00Z'))).toMatchObject({ sent: 1 });
    await endSchedule(id);
  });

  test('a machine that was off for weeks mails the newest report alone', async () => {
    const id = await addSchedule('2026-10-01T12:00:00Z');
    expect(await sendDueReports(toolsAt('2026-11-17T12:00:00Z'))).toMatchObject({ opened: 1, sent: 1 });
    expect((await runsOf(id)).map((run) => run.period_from)).toEqual(['2026-11-09']);
    await endSchedule(id);
  });
});
