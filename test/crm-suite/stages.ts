import { startHubspot } from '../../src/simulators/hubspot.ts';
import { startPipedrive } from '../../src/simulators/pipedrive.ts';
import { startRdStation } from '../../src/simulators/rdstation.ts';
import { startSalesforce } from '../../src/simulators/salesforce.ts';
import { postWebhook } from '../../src/simulators/vendor-server.ts';
import { openCrmBench } from './crm-bench.ts';
import type { CrmStage } from './crm-stage.ts';

const OAUTH = {
  clientId: 'very-client',
  clientSecret: 'very-secret-client',
  refreshToken: 'very-secret-refresh',
};
const OAUTH_CREDENTIALS = {
  client_id: OAUTH.clientId,
  client_secret: OAUTH.clientSecret,
  refresh_token: OAUTH.refreshToken,
};

/** A vendor that sends no webhooks. */
export const SILENT = {
  tell: () => Promise.reject(new Error('it sends no webhooks')),
  tellOther: () => Promise.reject(new Error('it sends no webhooks')),
  tellTruncated: () => Promise.reject(new Error('it sends no webhooks')),
};

/** HubSpot, played. */
export async function openHubspotStage(): Promise<CrmStage> {
  const vendor = await startHubspot({ token: 'very-secret-token', clientSecret: 'very-secret-client' });
  const bench = await openCrmBench({
    kind: 'hubspot',
    credentials: { access_token: 'very-secret-token', client_secret: 'very-secret-client' },
    settings: { pipeline: 'default' },
    bases: { HUBSPOT_API_URL: vendor.url },
  });
  const names = { qualified: 'qualifiedtobuy', won: 'closedwon', lost: 'closedlost' };
  const tell = (dealId: string, manner: { times?: number; forged?: boolean } = {}) =>
    vendor.tell(dealId, bench.webhookUrl, {
      times: manner.times ?? 1,
      at: bench.clock.now(),
      ...(manner.forged ? { secret: 'guess' } : {}),
    });
  return {
    bench,
    pushed: () =>
      [...vendor.deals.values()].filter((deal) => deal.properties.dealname?.includes(' · ')).length,
    script: vendor.script,
    calm: vendor.calm,
    refuse: vendor.refuse,
    inbound: {
      makeDeal: (email) => vendor.makeDeal({ email }),
      dealOf: (leadId) =>
        [...vendor.deals.values()].find((deal) => deal.properties.dealname?.endsWith(leadId))?.id ?? null,
      move: (dealId, to, amount) =>
        vendor.move(dealId, {
          dealstage: names[to],
          ...(amount ? { amount, deal_currency_code: 'BRL' } : {}),
        }),
      tell,
      tellOther: async () =>
        vendor.tell('1', bench.webhookUrl, { subscriptionType: 'contact.creation', at: bench.clock.now() }),
      tellTruncated: () => vendor.tellRaw(bench.webhookUrl, '[{"eventId":5,"subscr', bench.clock.now()),
    },
    close: async () => {
      await bench.close();
      await vendor.close();
    },
  };
}

/** Pipedrive, played. */
export async function openPipedriveStage(): Promise<CrmStage> {
  const options = { token: 'very-secret-token', user: 'rastro', password: 'very-secret-password' };
  const vendor = await startPipedrive(options);
  const bench = await openCrmBench({
    kind: 'pipedrive',
    credentials: { api_token: options.token, webhook_user: options.user, webhook_password: options.password },
    settings: { stage_map: { '1': 'new', '2': 'qualified' } },
    bases: { PIPEDRIVE_API_URL: vendor.url },
  });
  const authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`;
  const someDeal = () => [...vendor.deals.keys()].at(-1) ?? Number(vendor.makeDeal('x@exemplo.com.br'));
  return {
    bench,
    pushed: () => [...vendor.deals.values()].filter((deal) => deal.title.includes(' · ')).length,
    script: vendor.script,
    calm: vendor.calm,
    refuse: vendor.refuse,
    inbound: {
      makeDeal: vendor.makeDeal,
      dealOf: (leadId) => {
        const deal = [...vendor.deals.values()].find((one) => one.title.endsWith(leadId));
        return deal ? String(deal.id) : null;
      },
      move: (dealId, to, amount) =>
        vendor.move(dealId, {
          ...(to === 'qualified' ? { stage_id: 2 } : { status: to }),
          ...(amount ? { value: Number(amount) } : {}),
        }),
      tell: (dealId, manner = {}) =>
        vendor.tell(dealId, bench.webhookUrl, {
          times: manner.times ?? 1,
          ...(manner.forged ? { password: 'guess' } : {}),
        }),
      tellOther: () => vendor.tell(String(someDeal()), bench.webhookUrl, { changeSource: 'api' }),
      tellTruncated: () =>
        postWebhook(bench.webhookUrl, { headers: { authorization }, body: '{"data":{"id":5,"status":"wo' }),
    },
    close: async () => {
      await bench.close();
      await vendor.close();
    },
  };
}

/** RD Station, played. */
export async function openRdStationStage(): Promise<CrmStage & { expireTokens(): void }> {
  const vendor = await startRdStation(OAUTH);
  const bench = await openCrmBench({
    kind: 'rdstation',
    credentials: OAUTH_CREDENTIALS,
    settings: {},
    bases: { RDSTATION_API_URL: vendor.url },
  });
  const contactOf = new Map<string, string>();
  const changes = {
    qualified: { lifecycleStage: 'Qualified Lead' },
    won: { lifecycleStage: 'Client' },
    lost: { lifecycleStage: 'Lead', isOpportunity: false },
  };
  return {
    bench,
    expireTokens: vendor.expireTokens,
    pushed: () => new Set(vendor.conversions.map((one) => one.email)).size,
    script: vendor.script,
    calm: vendor.calm,
    refuse: (isRefusing) => {
      vendor.refuse(isRefusing);
      if (isRefusing) vendor.expireTokens();
    },
    inbound: {
      makeDeal: (email) => vendor.makeContact(email),
      dealOf: (leadId) => contactOf.get(leadId) ?? null,
      move: (dealId, to) => vendor.move(dealId, changes[to]),
      tell: (dealId, manner = {}) => {
        const url = manner.forged ? bench.webhookUrl.replace(/key=.*/, 'key=guess') : bench.webhookUrl;
        return vendor.tell(dealId, url, { times: manner.times ?? 1 });
      },
      tellOther: () =>
        vendor.tell(vendor.makeContact('y@exemplo.com.br'), bench.webhookUrl, { eventType: 'WEBHOOK.OTHER' }),
      tellTruncated: () => postWebhook(bench.webhookUrl, { headers: {}, body: '{"event_type":"WEBHOOK.CON' }),
    },
    close: async () => {
      await bench.close();
      await vendor.close();
    },
  };
}

/** Salesforce, played: nothing is told, everything is asked for. */
export async function openSalesforceStage(): Promise<CrmStage> {
  const vendor = await startSalesforce(OAUTH);
  const bench = await openCrmBench({
    kind: 'salesforce',
    credentials: OAUTH_CREDENTIALS,
    settings: { stage_map: { Qualification: 'qualified' }, currency: 'BRL' },
    bases: { SALESFORCE_LOGIN_URL: vendor.url },
  });
  const changes = {
    qualified: { stageName: 'Qualification' },
    won: { stageName: 'Closed Won', isWon: true, isClosed: true },
    lost: { stageName: 'Closed Lost', isWon: false, isClosed: true },
  };
  return {
    bench,
    pushed: () => vendor.leads.size,
    script: vendor.script,
    calm: vendor.calm,
    refuse: (isRefusing) => {
      vendor.refuse(isRefusing);
      if (isRefusing) vendor.expireTokens();
    },
    inbound: {
      makeDeal: vendor.makeOpportunity,
      dealOf: () => null,
      move: (dealId, to, amount) =>
        vendor.move(dealId, { ...changes[to], ...(amount ? { amount: Number(amount) } : {}) }),
      ...SILENT,
    },
    close: async () => {
      await bench.close();
      await vendor.close();
    },
  };
}
