import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptureReportCommand } from '../../src/cli/report-command.ts';
import { runTraceCommand } from '../../src/cli/trace-command.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { captureReport } from '../../src/reports/capture.ts';
import { traceOf } from '../../src/reports/trace.ts';
import { type DrainWorld, drainAll } from './drain-world.ts';
import {
  addPaidPayment,
  addPerson,
  addSentPurchase,
  addStart,
  later,
  openTraceWorld,
  TELEGRAM_USER,
} from './trace-world.ts';

let world: DrainWorld;

beforeAll(async () => {
  world = await openTraceWorld();
});
afterAll(() => world.close());

const trace = (ref: string, workspaceId = world.workspaceId) =>
  traceOf(world.db, { workspaceId, ref, language: 'en' });

test('an attributed sale is told hop by hop, whoever of its parts is asked for', async () => {
  const click = world.click({
    url: 'https://go.example.com/go/shop?fbclid=AD1&utm_campaign=spring&grim=key',
  });
  await world.record(click, world.cookies(click.token));
  await drainAll(world.drain);
  const clicked = new Date(click.at);
  const person = await addPerson(world, TELEGRAM_USER, later(clicked, 4000));
  await addStart(world, {
    botUserId: person,
    payload: click.token,
    token: click.token,
    outcome: 'matched_token',
    at: later(clicked, 4000),
  });
  const payment = await addPaidPayment(world, {
    botUserId: person,
    token: click.token,
    at: later(clicked, 9000),
  });
  await addSentPurchase(world, { paymentId: payment, token: click.token, at: later(clicked, 10_000) });

  for (const ref of [click.token, payment, TELEGRAM_USER, 'AD1']) {
    const { hops } = await trace(ref);
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
  const { hops } = await trace(payment);
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
  const person = await addPerson(world, '700100201', at);
  await addStart(world, { botUserId: person, payload: null, token: null, outcome: 'no_payload', at });
  const payment = await addPaidPayment(world, { botUserId: person, token: null, at: later(at, 5000) });
  const { hops } = await trace(payment);
  expect(hops.map((hop) => hop.kind)).toEqual(['start', 'charge', 'payment']);
  expect(hops[0]).toMatchObject({ matched_by: null, why: expect.stringContaining('bare /start') });
  expect(hops[1]?.why).toContain('Not attributed');
});

test('a token of no click is known by the start that carried it', async () => {
  const token = buildTrackingToken();
  const person = await addPerson(world, '700100202', new Date());
  await addStart(world, {
    botUserId: person,
    payload: token,
    token: null,
    outcome: 'unknown_token',
    at: new Date(),
  });
  const { hops } = await trace(token);
  expect(hops).toMatchObject([{ kind: 'start', matched_by: null, why: expect.stringContaining('no click') }]);
});

test('another workspace knows nothing of it', async () => {
  const click = world.click();
  await world.record(click);
  await drainAll(world.drain);
  expect((await trace(click.token, buildId())).hops).toEqual([]);
  expect((await trace(TELEGRAM_USER, buildId())).hops).toEqual([]);
});

test.each(['\0', 'x'.repeat(5000), '%', buildId(), '999999999999999999'])(
  '%j is the name of nothing',
  async (ref) => {
    expect((await trace(ref)).hops).toEqual([]);
  },
);

test('the command prints a timeline for people and JSON for machines', async () => {
  const lines: string[] = [];
  const command = {
    db: world.db,
    workspaceId: world.workspaceId,
    language: 'en' as const,
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
