import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGa4Simulator } from '../../src/simulators/ga4.ts';
import { buildGoogleSimulator } from '../../src/simulators/google.ts';
import { buildLinkedinSimulator } from '../../src/simulators/linkedin.ts';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { type Answering, listenSimulator } from '../../src/simulators/simulator-server.ts';
import { buildTiktokSimulator } from '../../src/simulators/tiktok.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, askFirst, type Json } from './sales-world.ts';

const now = () => Date.now();
const meta = new MetaSimulator({ now });
const google = buildGoogleSimulator({ now });
const tiktok = buildTiktokSimulator({ now });
const linkedin = buildLinkedinSimulator({ now });
const ga4 = buildGa4Simulator({ now });

const ORIGIN = 'https://loja.example';
const PAGE =
  `${ORIGIN}/oferta?gclid=Cj0KCQ&fbclid=IwAR0abc&ttclid=E.C.P.abc&li_fat_id=a1b2c3d4-0000-4000-8000-000000000001` +
  '&utm_source=google&utm_campaign=verao';
const AGENT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const EMAIL = sha256('maria.silva@example.com');

let server: TestServer;
let domainId: string;

beforeAll(async () => {
  const listen = async (simulator: Answering) => {
    const listening = await listenSimulator(simulator);
    afterAll(() => listening.close());
    return listening.url;
  };
  const googleUrl = await listen(google);
  server = await startTestServer({
    env: {
      META_GRAPH_URL: await listen(meta),
      GOOGLE_ADS_URL: googleUrl,
      GOOGLE_OAUTH_URL: googleUrl,
      TIKTOK_API_URL: await listen(tiktok),
      LINKEDIN_API_URL: await listen(linkedin),
      GA4_URL: await listen(ga4),
    },
  });
  domainId = String((await ask(server, 'POST', '/domains', { domain_url: ORIGIN })).domain_id);
});

const destination = async (platform: string, credentials: Json, settings: Json): Promise<string> =>
  String((await ask(server, 'POST', '/destinations', { platform, credentials, settings })).destination_id);

/** A visit with a lead, as the site script posts them. */
async function visit(consent?: Json): Promise<string> {
  const leadId = randomUUID();
  const at = new Date(now() - 2_000).toISOString();
  const person = { name: 'Maria Silva', email: ' Maria.Silva@Example.com ', phone: '(11) 91234-5678' };
  const page = { occurred_at: at, page_url: PAGE };
  const response = await fetch(`${server.url}/api/collect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN, 'user-agent': AGENT },
    body: JSON.stringify({
      domain_id: domainId,
      session_id: `s-${leadId}`,
      sent_at: new Date().toISOString(),
      ...(consent ? { consent } : {}),
      items: [
        { type: 'page_view', id: randomUUID(), ...page },
        { type: 'lead', id: leadId, ...page, ...person },
      ],
    }),
  });
  expect(response.status).toBe(202);
  await waitFor('the lead', async () => {
    const answer = await server.api('GET', `/leads/${leadId}`);
    return answer.status === 200 ? answer.body : undefined;
  });
  return leadId;
}

const stage = (leadId: string, stage_name: string, stage_value?: string) =>
  ask(server, 'POST', `/leads/${leadId}/stages`, { stage_name, ...(stage_value ? { stage_value } : {}) });

/** The lead's sale once its platforms are as expected. */
const settled = (leadId: string, expected: Json): Promise<Json> =>
  waitFor(
    `the sync_status ${JSON.stringify(expected)}`,
    async () => {
      const sale = await askFirst(server, `/offline-conversions?lead_id=${leadId}`);
      expect(sale?.sync_status).toEqual(expected);
      return sale;
    },
    { timeoutMs: 60_000 },
  );

describe('from a lead to four platforms', () => {
  let leadId: string;

  beforeAll(async () => {
    await destination('meta', { access_token: 'EAAB-token-of-the-tests' }, { pixel_id: '1234567890' });
    const client = { client_id: 'client-id', client_secret: 'client-secret', refresh_token: 'refresh-token' };
    await destination('google_ads', client, {
      customer_id: '123-456-7890',
      conversion_action_id: '987654321',
    });
    await destination('tiktok', { access_token: 'tiktok-token' }, { pixel_code: 'CPIXEL1' });
    await destination(
      'linkedin',
      { access_token: 'linkedin-token' },
      { conversion_id: '789123', version: '202610' },
    );
    leadId = await visit();
    await stage(leadId, 'qualified');
    await stage(leadId, 'won', '1234.56');
    await settled(leadId, { google_ads: 'sent', meta: 'sent', tiktok: 'sent', linkedin: 'sent' });
  });

  test('the trace tells the story of the lead', async () => {
    const { hops } = await ask(server, 'GET', `/trace/${leadId}`);
    const told = hops as Json[];
    const kinds = told.map((hop) => hop.kind);
    expect(kinds.slice(0, 2).sort()).toEqual(['lead', 'touch']);
    expect(kinds.filter((kind) => kind === 'stage')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'conversion')).toHaveLength(1);
    const touch = told.find((hop) => hop.kind === 'touch');
    expect(touch?.why).toContain('utm_campaign “verao”');
    expect(touch?.why).toContain('attributed to');
    const platforms = told.flatMap((hop) => (hop.receipt as { platform: string } | null)?.platform ?? []);
    expect(new Set(platforms)).toEqual(new Set(['google_ads', 'meta', 'tiktok', 'linkedin']));
  });

  test('Google: click id, hashed contacts, value', () => {
    const [taken] = google.taken;
    expect(taken?.body).toEqual({
      destinations: [
        {
          operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '1234567890' },
          productDestinationId: '987654321',
        },
      ],
      events: [
        {
          transactionId: `won_${leadId}`,
          eventTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          eventSource: 'WEB',
          adIdentifiers: { gclid: 'Cj0KCQ', landingPageDeviceInfo: { userAgent: AGENT } },
          currency: 'BRL',
          conversionValue: 1234.56,
          userData: {
            userIdentifiers: [{ emailAddress: EMAIL }, { phoneNumber: sha256('+5511912345678') }],
          },
        },
      ],
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
      encoding: 'HEX',
    });
    expect(taken?.headers.authorization).toMatch(/^Bearer ya29/);
  });

  test('Meta: a Purchase of the landing page', () => {
    expect(meta.received).toHaveLength(1);
    expect(meta.received[0]?.event).toEqual({
      event_name: 'Purchase',
      event_time: expect.any(Number),
      event_id: `won_${leadId}`,
      action_source: 'website',
      event_source_url: PAGE,
      user_data: {
        em: [EMAIL],
        ph: [sha256('5511912345678')],
        fn: [sha256('maria')],
        ln: [sha256('silva')],
        client_ip_address: '127.0.0.1',
        client_user_agent: AGENT,
        fbc: expect.stringMatching(/^fb\.1\.\d{13}\.IwAR0abc$/),
      },
      custom_data: { value: 1234.56, currency: 'BRL', order_id: `won_${leadId}` },
    });
  });

  test('TikTok: success is the code 0, the phone has its plus sign', () => {
    expect(tiktok.taken[0]?.body).toEqual({
      event_source: 'web',
      event_source_id: 'CPIXEL1',
      partner_name: 'rastro',
      data: [
        {
          event: 'Purchase',
          event_time: expect.any(Number),
          event_id: `won_${leadId}`,
          user: {
            email: EMAIL,
            phone: sha256('+5511912345678'),
            ttclid: 'E.C.P.abc',
            ip: '127.0.0.1',
            user_agent: AGENT,
            first_name: sha256('maria'),
            last_name: sha256('silva'),
          },
          page: { url: PAGE },
          properties: { currency: 'BRL', value: 1234.56, order_id: `won_${leadId}` },
        },
      ],
    });
  });

  test('LinkedIn: the amount is text, the version a setting', () => {
    const [taken] = linkedin.taken;
    expect(taken?.headers['linkedin-version']).toBe('202610');
    expect(taken?.body).toEqual({
      conversion: 'urn:lla:llaPartnerConversion:789123',
      conversionHappenedAt: expect.any(Number),
      conversionValue: { currencyCode: 'BRL', amount: '1234.56' },
      eventId: `won_${leadId}`,
      user: {
        userIds: [
          { idType: 'SHA256_EMAIL', idValue: EMAIL },
          {
            idType: 'LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID',
            idValue: 'a1b2c3d4-0000-4000-8000-000000000001',
          },
        ],
        userInfo: { firstName: 'Maria', lastName: 'Silva' },
      },
    });
  });

  test('the sync log has every attempt and nothing secret or personal', async () => {
    const sale = await askFirst(server, `/offline-conversions?lead_id=${leadId}`);
    const { data } = await ask(server, 'GET', `/sync-log?conversion_id=${sale?.conversion_id}&limit=50`);
    const rows = data as Json[];
    const taken = rows.filter((row) => row.sync_status === 'success').map((row) => row.platform);
    expect(taken.sort()).toEqual(['google_ads', 'linkedin', 'meta', 'tiktok']);
    expect(rows.filter((row) => row.platform === 'google_ads').length).toBeGreaterThanOrEqual(2);
    const text = JSON.stringify(rows);
    expect(text).not.toMatch(/ya29|client-secret|refresh-token|tiktok-token|linkedin-token|EAAB-token/);
    expect(text).not.toMatch(/maria|silva|127\.0\.0\.1|91234/i);
  });

  test('another value is restated at Google; lost takes it back', async () => {
    await stage(leadId, 'won', '1500.00');
    await waitFor('the restatement', () => google.taken[1]);
    await stage(leadId, 'lost');
    await waitFor('the retraction', () => google.taken[2]);
    expect(google.taken.map(({ event }) => event.conversionValue)).toEqual([1234.56, 1500, 0]);
    expect([meta.received, tiktok.taken, linkedin.taken].map((list) => list.length)).toEqual([1, 1, 1]);
    await settled(leadId, { google_ads: 'sent', meta: 'sent', tiktok: 'sent', linkedin: 'sent' });
  });

  test('without consent nothing is sent, and it is seen why', async () => {
    const refusing = await visit({ ads: false, analytics: true });
    await stage(refusing, 'won', '10.00');
    const states = { google_ads: 'skipped', meta: 'skipped', tiktok: 'skipped', linkedin: 'skipped' };
    await settled(refusing, states);
    expect(google.timesTaken(`won_${refusing}`) + tiktok.timesTaken(`won_${refusing}`)).toBe(0);
    const conversion = await askFirst(server, `/conversions?lead_id=${refusing}`);
    expect(conversion?.plan_outcome).toMatch(/^skipped: consent/);
  });

  test('a test event of each platform is explained, and the preflight names what is missing', async () => {
    const id = await destination('ga4', { api_secret: 'ga4-secret' }, { measurement_id: 'G-ABC1234567' });
    const tested = await ask(server, 'POST', `/destinations/${id}/test`);
    expect(tested).toMatchObject({
      accepted: true,
      explanation: expect.stringMatching(/Google Analytics took/),
    });
    expect(await ask(server, 'GET', '/preflight')).toMatchObject({
      truncated: false,
      data: expect.any(Array),
    });
  });
});
