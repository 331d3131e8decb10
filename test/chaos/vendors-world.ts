import { randomUUID } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import { openPlatformSimulators } from '../../src/simulators/platform-simulators.ts';
import { type ListeningSimulator, listenSimulator } from '../../src/simulators/simulator-server.ts';
import type { VendorSimulator } from '../../src/simulators/vendor-simulator.ts';
import type { TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { TroubledVendor } from './troubled-vendor.ts';

/** A platform that is told of won leads, as our API knows it. */
interface PlatformAccount {
  readonly simulator: string;
  readonly platform: string;
  readonly variables: readonly string[];
  readonly credentials: object;
  readonly settings: object;
  readonly errors: { readonly hidden: object; readonly tooFast: object };
}

const PLAIN = { hidden: {}, tooFast: { message: 'too many requests' } };

const ACCOUNTS: readonly PlatformAccount[] = [
  {
    simulator: 'google',
    platform: 'google_ads',
    variables: ['GOOGLE_ADS_URL', 'GOOGLE_OAUTH_URL'],
    credentials: { client_id: 'client', client_secret: 'client-secret', refresh_token: 'refresh-token' },
    settings: { customer_id: '1234567890', conversion_action_id: '987654321' },
    errors: PLAIN,
  },
  {
    simulator: 'tiktok',
    platform: 'tiktok',
    variables: ['TIKTOK_API_URL'],
    credentials: { access_token: 'tiktok-token' },
    settings: { pixel_code: 'CPIXEL1' },
    errors: {
      hidden: { code: 50000, message: 'System error' },
      tooFast: { code: 40100, message: 'Too many requests' },
    },
  },
  {
    simulator: 'linkedin',
    platform: 'linkedin',
    variables: ['LINKEDIN_API_URL'],
    credentials: { access_token: 'linkedin-token' },
    settings: { conversion_id: '789123', version: '202610' },
    errors: PLAIN,
  },
  {
    simulator: 'ga4',
    platform: 'ga4',
    variables: ['GA4_URL'],
    credentials: { api_secret: 'ga4-secret' },
    settings: { measurement_id: 'G-ABC1234567' },
    errors: PLAIN,
  },
  {
    simulator: 'utmify',
    platform: 'utmify',
    variables: ['UTMIFY_URL'],
    credentials: { api_token: 'utmify-token' },
    settings: {},
    errors: PLAIN,
  },
];

/** A platform behind its port, which can be closed and opened again. */
export interface ListeningPlatform {
  readonly account: PlatformAccount;
  readonly vendor: TroubledVendor;
  readonly url: string;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Starts every platform but Meta. */
export async function listenPlatforms(): Promise<readonly ListeningPlatform[]> {
  const simulators = openPlatformSimulators({ now: Date.now });
  const listening: ListeningPlatform[] = [];
  for (const account of ACCOUNTS) {
    const simulator = simulators[account.simulator];
    if (simulator) listening.push(await listenPlatform(account, simulator));
  }
  return listening;
}

async function listenPlatform(
  account: PlatformAccount,
  simulator: VendorSimulator,
): Promise<ListeningPlatform> {
  let seen = 0;
  const vendor = new TroubledVendor({
    inner: simulator,
    readEventIds: () => {
      const taken = simulator.taken.slice(seen).map(({ eventId }) => eventId);
      seen = simulator.taken.length;
      return taken;
    },
    readAccount: () => account.platform,
    errors: account.errors,
  });
  let server: ListeningSimulator = await listenSimulator(vendor);
  const { url } = server;
  afterAll(() => server.close());
  return {
    account,
    vendor,
    url,
    goAway: () => server.close(),
    comeBack: async () => {
      server = await listenSimulator(vendor, Number(new URL(url).port));
    },
  };
}

/** The variables that lead to the platforms. */
export const buildEnv = (platforms: readonly ListeningPlatform[]): Record<string, string> =>
  Object.fromEntries(
    platforms.flatMap(({ account, url }) => account.variables.map((variable) => [variable, url])),
  );

/** Configures an account at each platform. */
export async function addDestinations(
  server: TestServer,
  platforms: readonly ListeningPlatform[],
): Promise<void> {
  for (const { account } of platforms) {
    const { platform, credentials, settings } = account;
    const made = await server.api('POST', '/destinations', { platform, credentials, settings });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
}

const ORIGIN = 'https://loja.example';
const PAGE = `${ORIGIN}/oferta?gclid=Cj0KCQ&fbclid=IwAR0abc&ttclid=E.C.P.abc&li_fat_id=a1b2c3d4-0000-4000-8000-000000000001&utm_source=google`;

const COOKIES = { _ga: 'GA1.1.1234567890.1700000000' };

/** Leads with a visit each, as the site script posts them; returns their ids once they are stored. */
export async function makeLeads(server: TestServer, count: number): Promise<readonly string[]> {
  const made = await server.api('POST', '/domains', { domain_url: ORIGIN });
  const { domain_id } = made.body as { domain_id: string };
  const leadIds = Array.from({ length: count }, () => randomUUID());
  for (const leadId of leadIds) {
    const page = {
      occurred_at: new Date(Date.now() - 2_000).toISOString(),
      page_url: PAGE,
      cookies: COOKIES,
    };
    const person = { name: 'Maria Silva', email: `${leadId}@example.com`, phone: '(11) 91234-5678' };
    const post = () =>
      fetch(`${server.url}/api/collect`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: ORIGIN, 'user-agent': 'Mozilla/5.0 (iPhone)' },
        body: JSON.stringify({
          domain_id,
          session_id: `s-${leadId}`,
          sent_at: new Date().toISOString(),
          items: [
            { type: 'page_view', id: randomUUID(), ...page },
            { type: 'lead', id: leadId, ...page, ...person },
          ],
        }),
      });
    await waitFor('the site to be known', async () => (await post()).status === 202);
  }
  for (const leadId of leadIds) {
    await waitFor('the lead', async () => (await server.api('GET', `/leads/${leadId}`)).status === 200);
  }
  return leadIds;
}

/** Marks a lead as won, which every platform is told. */
export async function winLead(server: TestServer, leadId: string): Promise<void> {
  const stage = { stage_name: 'won', stage_value: '1234.56' };
  const answer = await server.api('POST', `/leads/${leadId}/stages`, stage);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
}
