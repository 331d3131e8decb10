import { afterEach, describe, expect, test } from 'vitest';
import { retryLogRow } from '../../src/crm-sync/integrations-log.ts';
import { startSalesforce } from '../../src/simulators/salesforce.ts';
import { openCrmBench } from '../crm-suite/crm-bench.ts';
import { newEmail } from '../crm-suite/crm-stage.ts';
import { startMailbox } from '../crm-suite/mailbox.ts';
import { openEmailStage, openWebhookStage } from '../crm-suite/plain-stages.ts';
import { openHubspotStage, openRdStationStage, openSalesforceStage } from '../crm-suite/stages.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A stage that ends with its test. */
async function open<T extends { close(): Promise<void> }>(stage: Promise<T>): Promise<T> {
  const opened = await stage;
  closing.push(() => opened.close());
  return opened;
}

describe('OAuth', () => {
  test('a token that is refused before its time is replaced within the call', async () => {
    const { bench, pushed, expireTokens } = await open(openRdStationStage());
    await bench.capture({ email: newEmail() });
    await bench.settle();
    const before = pushed();
    expireTokens();
    await bench.capture({ email: newEmail() });
    await bench.settle();
    expect(pushed() - before).toBe(1);
    expect((await bench.log('push')).map((row) => [row.status, row.attempts])).toEqual([
      ['success', 1],
      ['success', 1],
    ]);
  });

  test('a token for an address that is not the vendor’s is never used', async () => {
    const oauth = { clientId: 'c', clientSecret: 'very-secret-1', refreshToken: 'very-secret-2' };
    const vendor = await startSalesforce(oauth);
    const other = await startSalesforce(oauth);
    closing.push(vendor.close, other.close);
    vendor.moveInstance(other.url);
    const bench = await open(
      openCrmBench({
        kind: 'salesforce',
        credentials: { client_id: 'c', client_secret: 'very-secret-1', refresh_token: 'very-secret-2' },
        settings: {},
        bases: { SALESFORCE_LOGIN_URL: vendor.url },
      }),
    );
    await bench.capture({ email: newEmail() });
    await bench.settle();
    expect((await bench.connection()).pause_reason).toContain('not the vendor’s');
    expect(other.requests).toEqual([]);
  });
});

describe('what a person may give as an address', () => {
  test('inside the network is not called, over HTTP or SMTP', async () => {
    const mailbox = await startMailbox({ user: 'u', password: 'p' });
    closing.push(mailbox.close);
    for (const [kind, credentials, settings] of [
      ['webhook', { secret: 'a text that is long enough' }, { url: 'http://127.0.0.1:9/x' }],
      ['email', { smtp_url: `smtp://u:p@127.0.0.1:${mailbox.port}` }, { to: 'a@exemplo.com.br' }],
    ] as const) {
      const bench = await open(openCrmBench({ kind, credentials, settings, allowPrivate: [] }));
      await bench.capture({ email: newEmail() });
      await bench.settle();
      expect(await bench.connection()).toMatchObject({ pause_reason: expect.stringContaining('address') });
    }
    expect(mailbox.mails).toEqual([]);
  });
});

describe('dead letters', () => {
  test('are sent again without making twice what was taken', async () => {
    const { bench, script, pushed } = await open(openHubspotStage());
    const leadId = await bench.capture({ email: newEmail() });
    script({ kind: 'pass' }, { kind: 'answer', status: 400, body: '{"message":"no such pipeline"}' });
    await bench.settle();
    const [dead] = await bench.log('push');
    expect(dead).toMatchObject({ status: 'failed', lead_id: leadId });
    const { workspaceId } = bench.world;
    const key = { workspaceId, logId: dead?.log_id ?? '', at: new Date() };
    expect(await retryLogRow(bench.database.db, key)).toEqual({ kind: 'queued' });
    expect(await retryLogRow(bench.database.db, key)).toMatchObject({ kind: 'refused' });
    await bench.settle();
    expect((await bench.log('push'))[0]).toMatchObject({ status: 'success' });
    expect(pushed()).toBe(1);
    expect(await retryLogRow(bench.database.db, { ...key, workspaceId: dead?.log_id ?? '' })).toEqual({
      kind: 'unknown',
    });
  });
});

describe('a lead by mail', () => {
  test('is text and HTML, answers to the person, and no field of theirs makes a header', async () => {
    const { bench, mails } = await open(openEmailStage());
    const { world } = bench;
    const lead = world.lead({
      name: 'Ana\r\nBcc: ladrao@evil.example',
      email: 'ana@exemplo.com.br',
      message: '<script>alert(1)</script>',
      clientIp: '203.0.113.9',
    });
    await world.save(lead);
    await bench.settle();
    const [mail = ''] = mails();
    expect(mail).toMatch(/^Reply-To: ana@exemplo\.com\.br$/m);
    expect(mail).toMatch(/^To: vendas@exemplo\.com\.br, chefe@exemplo\.com\.br$/m);
    // Neither a header nor a line of the text begins with it; HTML shows it as it was typed.
    expect(mail.slice(0, mail.indexOf('Content-Type: text/html'))).not.toMatch(/^Bcc:/m);
    expect(mail).toContain('multipart/alternative');
    expect(mail).toContain('&lt;script&gt;');
  });
});

describe('a person with two leads', () => {
  test('has the sale at the lead that was there when the deal changed', async () => {
    const { bench, inbound } = await open(openWebhookStage());
    const email = newEmail();
    const hour = 3_600_000;
    const [old, recent] = [5, 1].map((hours) =>
      bench.world.lead({ email, createdAt: new Date(Date.now() - hours * hour) }),
    );
    if (!old || !recent) throw new Error('there are two');
    await bench.world.save(old, recent);
    inbound.makeDeal(email);
    inbound.move(email, 'won', '10.00');
    await inbound.tell(email);
    await bench.settle();
    expect(await bench.stages(recent.leadId)).toHaveLength(1);
    expect(await bench.stages(old.leadId)).toEqual([]);
  });
});

describe('polling', () => {
  test('asks by day only CRMs that send no webhooks', async () => {
    const polled = await open(openSalesforceStage());
    expect(await polled.bench.room.reconcile({ which: 'polled' })).toMatchObject({ connections: 1 });
    const told = await open(openHubspotStage());
    expect(await told.bench.room.reconcile({ which: 'polled' })).toMatchObject({ connections: 0 });
    expect(await told.bench.room.reconcile({ which: 'all' })).toMatchObject({ connections: 1, failed: 0 });
  });
});
