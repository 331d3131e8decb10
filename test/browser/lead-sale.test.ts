import { createHash } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildGoogleSimulator } from '../../src/simulators/google.ts';
import { type HubspotSimulator, startHubspot } from '../../src/simulators/hubspot.ts';
import { buildLinkedinSimulator } from '../../src/simulators/linkedin.ts';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { type Answering, listenSimulator } from '../../src/simulators/simulator-server.ts';
import { buildTiktokSimulator } from '../../src/simulators/tiktok.ts';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { openVisitor } from '../fixtures/site/site-visitor.ts';
import { ask, askFirst, type Json } from '../journeys/sales-world.ts';
import { openChromium } from '../support/chromium.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

const now = () => Date.now();
const meta = new MetaSimulator({ now });
const google = buildGoogleSimulator({ now });
const tiktok = buildTiktokSimulator({ now });
const linkedin = buildLinkedinSimulator({ now });
const CRM = { token: 'hubspot-token-of-the-tests', clientSecret: 'hubspot-secret-of-the-tests' };
const LI_FAT_ID = 'a1b2c3d4-0000-4000-8000-000000000001';
const EMAIL = createHash('sha256').update('bia@padaria.example').digest('hex');

let browser: Browser;
let site: SiteServer;
let server: TestServer;
let hubspot: HubspotSimulator;

beforeAll(async () => {
  const listen = async (simulator: Answering) => {
    const listening = await listenSimulator(simulator);
    afterAll(() => listening.close());
    return listening.url;
  };
  hubspot = await startHubspot(CRM);
  const googleUrl = await listen(google);
  [browser, site] = await Promise.all([openChromium(), openSiteServer()]);
  server = await startTestServer({
    env: {
      META_GRAPH_URL: await listen(meta),
      GOOGLE_ADS_URL: googleUrl,
      GOOGLE_OAUTH_URL: googleUrl,
      TIKTOK_API_URL: await listen(tiktok),
      LINKEDIN_API_URL: await listen(linkedin),
      HUBSPOT_API_URL: hubspot.url,
    },
  });
  const domain = await ask(server, 'POST', '/domains', { domain_name: 'Loja', domain_url: site.site });
  Object.assign(site, { domain: domain.domain_id, collector: server.url });
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await hubspot.close();
});

async function configure(): Promise<string> {
  const add = (platform: string, credentials: Json, settings: Json) =>
    ask(server, 'POST', '/destinations', { platform, credentials, settings });
  await add('meta', { access_token: 'EAAB-token-of-the-tests' }, { pixel_id: '1234567890' });
  const client = { client_id: 'client-id', client_secret: 'client-secret', refresh_token: 'refresh-token' };
  await add('google_ads', client, { customer_id: '1234567890', conversion_action_id: '987654321' });
  await add('tiktok', { access_token: 'tiktok-token' }, { pixel_code: 'CPIXEL1' });
  await add('linkedin', { access_token: 'linkedin-token' }, { conversion_id: '789123', version: '202610' });
  const connection = await ask(server, 'POST', '/crm-connections', {
    kind: 'hubspot',
    credentials: { access_token: CRM.token, client_secret: CRM.clientSecret },
    settings: { pipeline: 'default', stage_map: { qualifiedtobuy: 'qualified', closedwon: 'won' } },
  });
  return String(connection.webhook_url);
}

/** A person comes by the ad, looks at two pages and leaves their details. */
async function leaveDetails(): Promise<Json> {
  const { page, errors } = await openVisitor(browser);
  const ids = `gclid=Cj0KCQ_1&fbclid=IwAR0abc&ttclid=E.C.P.abc&li_fat_id=${LI_FAT_ID}`;
  await page.goto(`${site.site}/?utm_source=google&utm_campaign=inverno&${ids}`);
  await page.click('#contact');
  await page.fill('#lead [name=nome]', 'Bia Souza');
  await page.fill('#lead [name=contato]', 'bia@padaria.example');
  await page.fill('#lead [name=whatsapp]', '(11) 98765-4321');
  await page.click('#lead button');
  await page.waitForURL('**/thanks.html**');
  await page.goto('about:blank');
  expect(errors).toEqual([]);
  return waitFor('the lead, joined to its visit', async () => {
    const found = await askFirst(server, '/leads?email=bia%40padaria.example');
    return found?.utm_tracking_id ? found : undefined;
  });
}

async function sellInHubspot(leadId: string, webhookUrl: string): Promise<void> {
  const deal = await waitFor('the deal in the CRM', () =>
    [...hubspot.deals.values()].find((one) => one.properties.dealname?.endsWith(leadId)),
  );
  hubspot.move(deal.id, { dealstage: 'qualifiedtobuy' });
  await hubspot.tell(deal.id, webhookUrl);
  await waitFor('the lead to be qualified', async () => {
    const { data } = await ask(server, 'GET', `/leads/${leadId}/stages`);
    return (data as Json[]).some((stage) => stage.stage_name === 'qualified');
  });
  hubspot.move(deal.id, { dealstage: 'closedwon', amount: '1234.56', deal_currency_code: 'BRL' });
  await hubspot.tell(deal.id, webhookUrl);
}

test('from an ad in a browser, through a form and a CRM, to four platforms', async () => {
  const webhookUrl = await configure();
  const lead = await leaveDetails();
  const leadId = String(lead.lead_id);
  await sellInHubspot(leadId, webhookUrl);
  const sale = await waitFor(
    'every platform to have it',
    async () => {
      const found = await askFirst(server, `/offline-conversions?lead_id=${leadId}`);
      const states = Object.values((found?.sync_status ?? {}) as Record<string, string>);
      return states.length === 4 && states.every((state) => state === 'sent') ? found : undefined;
    },
    { timeoutMs: 60_000 },
  );
  expect(sale).toMatchObject({ conversion_value: '1234.56', conversion_currency: 'BRL', gclid: 'Cj0KCQ_1' });

  const eventId = `won_${leadId}`;
  expect(google.taken[0]?.body).toMatchObject({
    events: [
      {
        transactionId: eventId,
        adIdentifiers: { gclid: 'Cj0KCQ_1' },
        currency: 'BRL',
        conversionValue: 1234.56,
        userData: { userIdentifiers: expect.arrayContaining([{ emailAddress: EMAIL }]) },
      },
    ],
  });
  expect(meta.received[0]?.event).toMatchObject({
    event_id: eventId,
    user_data: { em: expect.anything(), fbc: expect.stringMatching(/^fb\.1\.\d{13}\.IwAR0abc$/) },
    custom_data: { value: 1234.56, currency: 'BRL' },
  });
  expect(tiktok.taken[0]?.body).toMatchObject({
    event_source_id: 'CPIXEL1',
    data: [
      { event_id: eventId, user: { ttclid: 'E.C.P.abc' }, properties: { currency: 'BRL', value: 1234.56 } },
    ],
  });
  expect(JSON.stringify(linkedin.taken[0]?.body)).toContain(LI_FAT_ID);
  expect(JSON.stringify(linkedin.taken[0]?.body)).toContain('"amount":"1234.56"');

  const log = await ask(server, 'GET', `/sync-log?conversion_id=${sale.conversion_id}`);
  const platforms = (log.data as Json[])
    .filter((row) => row.sync_status === 'success')
    .map((row) => String(row.platform));
  expect([...new Set(platforms)].toSorted()).toEqual(['google_ads', 'linkedin', 'meta', 'tiktok']);
  const { hops } = await ask(server, 'GET', `/trace/${leadId}`);
  const kinds = (hops as Json[]).map((hop) => hop.kind);
  expect(kinds).toEqual(expect.arrayContaining(['touch', 'lead', 'crm', 'stage', 'conversion', 'delivery']));
});
