import { randomUUID } from 'node:crypto';
import { waitFor } from '../../support/wait-for.ts';
import type { FuzzWorld } from './fuzz-world.ts';

const MARKUP = "\"><rastro-xss a='b'>";
const ODD_NAME = `${MARKUP} 👨‍👩‍👧‍👦 \u202e{{x}} '; --`;
/** A site may call its visitors as it likes, in visible ASCII. */
const ODD_VISITOR = `"><rastro-xss/a='%00'>../__proto__`;
const SITE = 'https://odd.example';
/** The secret of the connection to a CRM. */
export const CRM_SECRET = `whsec_${Buffer.from('PLANTED-SECRET-of-the-crm-000000').toString('base64')}`;
const LAST_SITE = 'https://last.example';
/** The bot's webhook secret. */
export const SECRET = 'PLANTED-SECRET-of-the-webhook';

/** Makes one of every resource whose texts are as odd as the API takes them, and remembers their ids. */
export async function stockOddities(world: FuzzWorld): Promise<void> {
  const make: Make = async (resource, body, idName) => {
    const { status, json } = await world.ask('POST', `/${resource}`, body);
    const id = String(json[idName]);
    if (status !== 201)
      world.faults.push(`POST /${resource} ${JSON.stringify(body)} -> ${status} ${JSON.stringify(json)}`);
    world.ids.set(resource, id);
    return id;
  };
  const { json: workspaces } = await world.ask('GET', '/workspaces');
  world.ids.set('workspaces', String((workspaces.data as Record<string, unknown>[])[0]?.workspace_id));
  const botId = await stockBot(world, make);
  await stockSite(world, make);
  await stockBroadcast(world, make, botId);
  await stockAccounts(make);
}

type Make = (resource: string, body: object, idName: string) => Promise<string>;

async function stockBot(world: FuzzWorld, make: Make): Promise<string> {
  const bot = world.telegram.makeBot('odd_bot');
  const botId = await make(
    'bots',
    { name: ODD_NAME, telegram_token: bot.token, webhook_secret: SECRET, welcome_message: ODD_NAME },
    'bot_id',
  );
  await make('gateways', { gateway: 'sandbox', credentials: {}, name: ODD_NAME }, 'account_id');
  const product = { bot_id: botId, name: ODD_NAME, amount: '0.01', delivery_url: `${SITE}/"'><rastro-xss>` };
  await make('products', product, 'product_id');
  await make(
    'pools',
    {
      slug: 'odd',
      name: ODD_NAME,
      bots: [{ bot_id: botId }],
      meta_tracking_enabled: true,
      meta_pixel_id: '1',
      meta_access_token: 'PLANTED-SECRET-of-the-pixel',
      meta_events_pageview: true,
      meta_events_purchase: true,
    },
    'pool_id',
  );
  return botId;
}

async function stockSite(world: FuzzWorld, make: Make): Promise<void> {
  const metadata = { '"><rastro-xss': [1e308, null, { constructor: ODD_NAME }] };
  await make('domains', { domain_name: ODD_NAME, domain_url: SITE, metadata }, 'domain_id');
  const domainId = world.ids.get('domains') ?? '';
  await make(
    'landing-pages',
    { domain_id: domainId, page_url: `${SITE}/?q=%00%ff<>"'`, page_name: ODD_NAME },
    'page_id',
  );
}

async function stockBroadcast(world: FuzzWorld, make: Make, botId: string): Promise<void> {
  await make('segments', { name: ODD_NAME, subject: 'leads', filter: { all: [] } }, 'segment_id');
  await make(
    'broadcast-templates',
    { name: ODD_NAME, content: { texts: { pt: '<b>{{first_name|&lt;}}</b>' } } },
    'template_id',
  );
  await make(
    'broadcasts',
    { name: ODD_NAME, template_id: world.ids.get('broadcast-templates'), bot_ids: [botId] },
    'broadcast_id',
  );
}

async function stockAccounts(make: Make): Promise<void> {
  const delivery = {
    smtp_url: 'smtp://u:PLANTED-SECRET@127.0.0.1:9',
    from: 'a@odd.example',
    to: ['planted.person@odd.example'],
  };
  await make('report-schedules', { name: ODD_NAME, every: 'month', delivery }, 'schedule_id');
  await make(
    'destinations',
    {
      platform: 'meta',
      name: ODD_NAME,
      credentials: { access_token: 'PLANTED-SECRET-of-meta' },
      settings: { pixel_id: '9' },
    },
    'destination_id',
  );
  await make(
    'crm-connections',
    {
      kind: 'webhook',
      name: ODD_NAME,
      credentials: { secret: CRM_SECRET },
      settings: { url: 'http://127.0.0.1:9/x' },
    },
    'connection_id',
  );
  await make('api-keys', { name: ODD_NAME, scope: 'read' }, 'key_id');
}

/** People come from ads, start the bot, buy, and fill in forms, all with the oddest values that the edge keeps. */
export async function bringPeople(world: FuzzWorld): Promise<void> {
  const token = await clickAd(world);
  world.ids.set('clicks', token);
  await postVisits(world);
  await talkToBot(world, token);
}

async function clickAd({ attempt, faults }: FuzzWorld): Promise<string> {
  const value = encodeURIComponent(ODD_NAME);
  const query = `fbclid=${value}&utm_source=${value}&utm_campaign=%00%ff%ed%a0%80&gclid=${'g'.repeat(900)}&__proto__=1&constructor=2&${value}=${value}`;
  const { text } = await attempt({
    method: 'GET',
    path: `/go/odd?${query}`,
    headers: {
      'user-agent': `Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile ${MARKUP}`,
      'accept-language': MARKUP,
      'x-forwarded-for': '203.0.113.77',
    },
  });
  const token = /start=([0-9a-f]{32})/.exec(text)?.[1];
  if (token === undefined) faults.push(`no click: ${text.slice(0, 300)}`);
  return token ?? '0'.repeat(32);
}

function buildVisits(): readonly object[] {
  const common = {
    occurred_at: new Date().toISOString(),
    page_url: `${SITE}/a?utm_source=${encodeURIComponent(ODD_NAME)}&gclid=x`,
  };
  return [
    {
      type: 'page_view',
      id: 'pv-<rastro-xss>-1',
      ...common,
      title: ODD_NAME,
      time_on_page: 1e9,
      referrer: 'javascript:1',
    },
    {
      type: 'event',
      id: 'ev-1',
      ...common,
      event_type: ODD_NAME,
      event_value: 999_999_999_999_999,
      event_data: { constructor: { a: ['\0', '\ud800'] } },
    },
    {
      type: 'lead',
      id: '01900000-0000-7000-8000-0000000000aa',
      ...common,
      name: ODD_NAME,
      email: 'planted.person@odd.example',
      phone: '+55 11987650123',
      message: ODD_NAME,
      metadata: { __proto__x: 1e308 },
    },
  ];
}

async function postVisits({ attempt, ids, faults }: FuzzWorld): Promise<void> {
  const batch = {
    domain_id: ids.get('domains'),
    session_id: ODD_VISITOR,
    visitor_id: ODD_VISITOR,
    sent_at: new Date().toISOString(),
    items: buildVisits(),
  };
  const told = await attempt({
    method: 'POST',
    path: '/api/collect',
    body: JSON.stringify(batch),
    headers: { 'content-type': 'text/plain', origin: SITE },
  });
  if (!told.text.includes('"accepted":3,')) faults.push(`/api/collect: ${told.text}`);
  const lead = {
    domain_id: ids.get('domains'),
    name: `=cmd|'/c'!A1 ${ODD_NAME}`,
    email: 'planted.person+2@odd.example',
    external_id: ODD_NAME,
    extensions: { x: ODD_NAME },
    page_url: SITE,
  };
  const posted = await attempt({
    method: 'POST',
    path: '/api/leads',
    body: JSON.stringify(lead),
    headers: { 'content-type': 'application/json' },
  });
  if (posted.status !== 202) faults.push(`/api/leads: ${posted.text}`);
}

async function talkToBot(world: FuzzWorld, token: string): Promise<void> {
  const botId = world.ids.get('bots') ?? '';
  const from = {
    id: 987_654_321,
    is_bot: false,
    first_name: ODD_NAME,
    last_name: '\ud800\0x',
    username: MARKUP,
    language_code: '<rastro-xss>',
  };
  const say = (update_id: number, text: unknown) =>
    world.attempt({
      method: 'POST',
      path: `/telegram/webhook/${botId}`,
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
      body: JSON.stringify({
        update_id,
        message: {
          message_id: update_id,
          date: 1,
          chat: { id: from.id, type: 'private' },
          from,
          text,
          entities: [{ type: 'bot_command', offset: 0, length: 6 }],
        },
      }),
    });
  await say(1, `/start ${token}`);
  await say(2, `/start fbclid_${ODD_NAME}`);
  await say(3, ODD_NAME);
  const press = {
    id: '1',
    from,
    chat_instance: '1',
    data: `buy:${world.ids.get('products')}`,
    message: { message_id: 5, date: 1, chat: { id: from.id, type: 'private' } },
  };
  await world.attempt({
    method: 'POST',
    path: `/telegram/webhook/${botId}`,
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
    body: JSON.stringify({ update_id: 4, callback_query: press }),
  });
}

/** Waits until what people did can be read, and remembers the ids of it. */
export async function findWhatCame(world: FuzzWorld): Promise<void> {
  const lists = [
    ['bot-users', '/bot-users', 'id'],
    ['leads', '/leads', 'lead_id'],
    ['payments', '/payments', 'id'],
  ] as const;
  for (const [resource, path, idName] of lists) {
    const row = await waitFor(`a row of ${path}`, async () => {
      const { json } = await world.ask('GET', path);
      return (json.data as Record<string, unknown>[] | undefined)?.[0];
    });
    world.ids.set(resource, String(row[idName]));
    if (resource === 'payments') {
      const { json } = await world.ask('GET', `/payments/${String(row[idName])}`);
      world.ids.set('delivery', String(json.delivery_token));
    }
  }
  world.ids.set('visitors', ODD_VISITOR);
}

/** Waits until everything that was captured before this has been folded: the log has one order. */
export async function waitUntilFolded(world: FuzzWorld): Promise<void> {
  const leadId = randomUUID();
  const page = { occurred_at: new Date().toISOString(), page_url: LAST_SITE };
  const items = [{ type: 'lead', id: leadId, ...page, email: 'last@odd.example' }];
  const made = await world.ask('POST', '/domains', { domain_url: LAST_SITE });
  const batch = { domain_id: made.json.domain_id, session_id: 'last', sent_at: page.occurred_at, items };
  await world.attempt({ method: 'POST', path: '/api/collect', body: JSON.stringify(batch) });
  const isThere = async () => (await world.ask('GET', `/leads/${leadId}`)).status === 200;
  // All that the tests before have posted is folded first.
  await waitFor('the last lead', isThere, { timeoutMs: 90_000, everyMs: 100 });
}
