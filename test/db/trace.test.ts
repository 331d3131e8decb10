import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptureReportCommand } from '../../src/cli/report-command.ts';
import { runTraceCommand } from '../../src/cli/trace-command.ts';
import { purchaseEventId } from '../../src/domain/event-ids.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { captureReport } from '../../src/reports/capture.ts';
import { traceOf } from '../../src/reports/trace.ts';
import { type DrainWorld, drainAll, openDrainWorld } from './drain-world.ts';

let world: DrainWorld;
const TELEGRAM_USER = '700100200';

beforeAll(async () => {
  world = await openDrainWorld();
  await addSettings();
});
afterAll(() => world.close());

const ids = { account: buildId(), destination: buildId() };
const sealed = Buffer.from('sealed');

async function addSettings(): Promise<void> {
  const { db, workspaceId: workspace_id, botId: bot_id, poolId: pool_id } = world;
  await db
    .insertInto('workspaces')
    .values({ workspace_id, name: `Trace ${workspace_id}` })
    .execute();
  const bot = {
    bot_id,
    workspace_id,
    name: 'Shop',
    telegram_token: sealed,
    telegram_bot_id: '1',
    username: 'shop_bot',
  };
  await db
    .insertInto('bots')
    .values({ ...bot, webhook_secret: sealed })
    .execute();
  await db.insertInto('pools').values({ pool_id, workspace_id, slug: 'shop', name: 'Shop' }).execute();
  const account = { account_id: ids.account, workspace_id, gateway: 'sandbox', credentials: sealed };
  await db.insertInto('gateway_accounts').values(account).execute();
  const destination = {
    destination_id: ids.destination,
    workspace_id,
    platform: 'meta',
    credentials: sealed,
  };
  await db.insertInto('destinations').values(destination).execute();
}

async function addPerson(telegramUserId: string, at: Date): Promise<string> {
  const id = buildId();
  const known = {
    id,
    workspace_id: world.workspaceId,
    bot_id: world.botId,
    telegram_user_id: telegramUserId,
  };
  const contact = { chat_id: telegramUserId, first_interaction: at, last_interaction: at };
  await world.db
    .insertInto('bot_users')
    .values({ ...known, ...contact, ip_hash: 'abc', user_agent: 'UA', device_type: 'iPhone' })
    .execute();
  return id;
}

interface Start {
  readonly botUserId: string;
  readonly payload: string | null;
  readonly token: string | null;
  readonly outcome: string;
  readonly at: Date;
}

async function addStart({ botUserId, payload, token, outcome, at }: Start): Promise<void> {
  const matched = { tracking_token: token, matched_by: token === null ? null : 'token', outcome, payload };
  const start = { bot_user_id: botUserId, update_id: String(at.getTime()), workspace_id: world.workspaceId };
  await world.db
    .insertInto('bot_starts')
    .values({ ...start, ...matched, started_at: at })
    .execute();
}

async function addPaidPayment(botUserId: string, token: string | null, at: Date): Promise<string> {
  const id = buildId();
  const { db, workspaceId: workspace_id, botId: bot_id } = world;
  const buyer = { bot_user_id: botUserId, customer_user_id: TELEGRAM_USER, chat_id: TELEGRAM_USER };
  const goods = {
    product_name: 'E-book',
    product_delivery_url: 'https://x.test',
    amount: '19.90',
    gateway: 'sandbox',
  };
  const charge = {
    account_id: ids.account,
    request_key: id,
    status: 'paid',
    tracking_token: token,
    created_at: at,
  };
  await db
    .insertInto('payments')
    .values({ id, workspace_id, bot_id, ...buyer, ...goods, ...charge })
    .execute();
  const event = {
    event_id: buildId(),
    payment_id: id,
    workspace_id,
    from_status: 'pending',
    to_status: 'paid',
  };
  await db
    .insertInto('payment_events')
    .values({ ...event, cause: 'webhook', at: later(at, 1000) })
    .execute();
  return id;
}

async function addSentPurchase(paymentId: string, token: string, at: Date): Promise<void> {
  const { db, workspaceId: workspace_id } = world;
  const conversion_id = buildId();
  const purchase = {
    conversion_id,
    workspace_id,
    conversion_name: 'purchase',
    event_id: purchaseEventId(paymentId),
  };
  const facts = {
    tracking_token: token,
    payment_id: paymentId,
    value: '19.90',
    currency: 'BRL',
    consent: 'granted',
  };
  await db
    .insertInto('conversions')
    .values({ ...purchase, ...facts, occurred_at: at, hold_until: at, planned_at: at })
    .execute();
  const delivery = {
    delivery_id: buildId(),
    workspace_id,
    conversion_id,
    destination_id: ids.destination,
    platform: 'meta',
  };
  await db
    .insertInto('deliveries')
    .values({ ...delivery, state: 'sent', attempts: 2, deadline_at: at, receipt: 'AbCtrace' })
    .execute();
  const attempts = [
    { attempt: 1, sync_status: 'failed', http_status_code: 500, error_message: 'try later', receipt: null },
    { attempt: 2, sync_status: 'success', http_status_code: 200, error_message: null, receipt: 'AbCtrace' },
  ];
  for (const row of attempts)
    await db
      .insertInto('platform_sync_log')
      .values({ ...delivery, sync_id: buildId(), ...row, synced_at: later(at, row.attempt * 1000) })
      .execute();
}

const later = (at: Date, ms: number) => new Date(at.getTime() + ms);

test('an attributed sale is told hop by hop, whoever of its parts is asked for', async () => {
  const click = world.click({
    url: 'https://go.example.com/go/shop?fbclid=AD1&utm_campaign=spring&grim=key',
  });
  await world.record(click, world.cookies(click.token));
  await drainAll(world.drain);
  const clicked = new Date(click.at);
  const person = await addPerson(TELEGRAM_USER, later(clicked, 4000));
  await addStart({
    botUserId: person,
    payload: click.token,
    token: click.token,
    outcome: 'matched_token',
    at: later(clicked, 4000),
  });
  const payment = await addPaidPayment(person, click.token, later(clicked, 9000));
  await addSentPurchase(payment, click.token, later(clicked, 10_000));

  for (const ref of [click.token, payment, TELEGRAM_USER, 'AD1']) {
    const { hops } = await traceOf(world.db, world.workspaceId, ref);
    expect(hops.map((hop) => hop.kind)).toEqual([
      ...[
        'click',
        'conversion',
        'cookies',
        'start',
        'charge',
        'payment',
        'conversion',
        'delivery',
        'delivery',
      ],
    ]);
    expect(hops.map((hop) => hop.at.getTime())).toEqual(
      hops.map((hop) => hop.at.getTime()).sort((a, b) => a - b),
    );
  }
  const { hops } = await traceOf(world.db, world.workspaceId, payment);
  expect(hops[0]?.why).toContain('pool “shop”');
  expect(hops[0]?.why).toContain('fbc was made from the fbclid');
  expect(hops[0]?.why).not.toContain('key');
  expect(hops[3]).toMatchObject({ matched_by: 'token' });
  expect(hops[4]?.why).toContain('Attributed to the click');
  expect(hops[7]?.receipt).toMatchObject({ status: 'failed', http_status: 500, reason: 'try later' });
  expect(hops[8]?.receipt).toMatchObject({ platform: 'meta', status: 'success', reference: 'AbCtrace' });
});

test('a sale without a click says which start failed to find one, and why', async () => {
  const at = new Date();
  const person = await addPerson('700100201', at);
  await addStart({ botUserId: person, payload: null, token: null, outcome: 'no_payload', at });
  const payment = await addPaidPayment(person, null, later(at, 5000));
  const { hops } = await traceOf(world.db, world.workspaceId, payment);
  expect(hops.map((hop) => hop.kind)).toEqual(['start', 'charge', 'payment']);
  expect(hops[0]).toMatchObject({ matched_by: null, why: expect.stringContaining('bare /start') });
  expect(hops[1]?.why).toContain('Not attributed');
});

test('a token of no click is known by the start that carried it', async () => {
  const token = buildTrackingToken();
  const person = await addPerson('700100202', new Date());
  await addStart({
    botUserId: person,
    payload: token,
    token: null,
    outcome: 'unknown_token',
    at: new Date(),
  });
  const { hops } = await traceOf(world.db, world.workspaceId, token);
  expect(hops).toMatchObject([{ kind: 'start', matched_by: null, why: expect.stringContaining('no click') }]);
});

test('another workspace knows nothing of it', async () => {
  const click = world.click();
  await world.record(click);
  await drainAll(world.drain);
  expect((await traceOf(world.db, buildId(), click.token)).hops).toEqual([]);
  expect((await traceOf(world.db, buildId(), TELEGRAM_USER)).hops).toEqual([]);
});

test.each(['\0', 'x'.repeat(5000), '%', buildId(), '999999999999999999'])(
  '%j is the name of nothing',
  async (ref) => {
    expect((await traceOf(world.db, world.workspaceId, ref)).hops).toEqual([]);
  },
);

test('the command prints a timeline for people and JSON for machines', async () => {
  const lines: string[] = [];
  const command = {
    db: world.db,
    workspaceId: world.workspaceId,
    width: 80,
    write: (line: string) => lines.push(line),
  };
  expect(await runTraceCommand({ ...command, ref: TELEGRAM_USER, json: false })).toBe(true);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(lines.join('\n')).toMatch(/click {2,}A visitor clicked an ad of pool “shop”/);
  expect(lines.join('\n')).toContain('AbCtrace');
  lines.length = 0;
  await runTraceCommand({ ...command, ref: TELEGRAM_USER, json: true });
  expect(JSON.parse(lines.join('\n'))).toMatchObject({
    ref: TELEGRAM_USER,
    hops: [{ kind: 'click' }, {}, {}, {}, {}, {}, {}, {}, {}],
  });
  expect(await runTraceCommand({ ...command, ref: 'nobody', json: false })).toBe(false);
});

test('the capture report counts people, matches and seconds', async () => {
  const question = {
    workspaceId: world.workspaceId,
    from: new Date(Date.now() - 3_600_000),
    to: new Date(Date.now() + 3_600_000),
  };
  const report = await captureReport(world.db, question);
  expect(report).toMatchObject({
    bot_users: 3,
    with_ip_and_user_agent_share: 1,
    clicks: 2,
    starts: 3,
    matched_starts: 1,
    started_clicks: 1,
    click_to_start_rate: 0.5,
    click_to_start_seconds: { mean: 4, p50: 4, p90: 4, p99: 4 },
    devices: [{ name: 'iPhone', users: 3 }],
    browsers: [{ name: 'unknown', users: 3 }],
  });
  const lines: string[] = [];
  await runCaptureReportCommand({ db: world.db, question, json: false, write: (line) => lines.push(line) });
  expect(lines.join('\n')).toMatch(/Click to start +mean 4\.0 s, half 4\.0 s/);
  const empty = await captureReport(world.db, { ...question, workspaceId: buildId() });
  expect(empty).toMatchObject({ bot_users: 0, with_ip_share: null, click_to_start_seconds: { mean: null } });
});
