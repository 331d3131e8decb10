const FILTERS: readonly unknown[] = [
  { all: [] },
  { any: [] },
  { not: { all: [] } },
  { all: [{ field: '__proto__', op: 'is', value: 1 }] },
  { all: [{ field: 'constructor', op: 'toString', value: 1 }] },
  { constructor: [] },
  { not: { not: { not: { not: { not: { all: [] } } } } } },
];

const TIMES = [
  '2026-01-01',
  '2026-02-30',
  '9999-12-31',
  '0001-01-01',
  '2026-01-01T00:00:00Z',
  '2099-01-01T00:00:00Z',
];
const GOOD_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  currency: ['BRL', 'USD', 'XXX', 'JPY'],
  amount: ['0.01', '99999999.99', '1e3', '92233720368547758.07', '-1', '0.001'],
  cost: ['0', '92233720368547758.07', '999999999999.99', '0.001', '-5'],
  rate: ['1', '0.0000000001', '999999999', '1e-9', '5.4321'],
  stage_value: ['0', '999999999999999999999.99', '12.3', '-1', '1e9', '90071992547409.91'],
  timezone: [
    'America/Sao_Paulo',
    'Etc/GMT+12',
    'utc',
    'Mars/Base',
    'posix/UTC',
    'EST5EDT',
    '+25:00',
    'Factory',
    'localtime',
  ],
  day: TIMES,
  at: TIMES,
  starts_at: TIMES,
  from: TIMES,
  to: TIMES,
  platform: ['meta', 'google_ads', 'tiktok', 'linkedin', 'ga4', 'utmify', 'none', '__proto__', 'constructor'],
  gateway: ['sandbox', 'pushinpay', 'mercadopago', '__proto__', 'constructor', 'toString'],
  kind: ['webhook', 'hubspot', 'pipedrive', 'salesforce', 'rdstation', 'email', 'constructor', '__proto__'],
  credentials: [
    {},
    { access_token: 'PLANTED-SECRET-x' },
    { secret: 'PLANTED-SECRET-y' },
    { smtp_url: 'smtp://u:PLANTED-SECRET@[::1' },
    { api_secret: '\ud83d' },
  ],
  settings: [
    {},
    { pixel_id: '1' },
    { to: 'planted.person@example.com' },
    { stage_map: { constructor: 'won' } },
    { measurement_id: 'G-1' },
    { field_map: { email: '__proto__.x' } },
  ],
  domain_url: [
    'https://a.example',
    'https://A.example:443/x?y#z',
    'https://xn--mnchen-3ya.example',
    'http://[::1]/',
    'https://é.example/',
  ],
  page_url: [
    'https://odd.example/',
    'https://odd.example/%00',
    'https://odd.example/?a=%ff',
    'https://other.example/',
  ],
  delivery_url: ['https://odd.example/'],
  smtp_url: [
    'smtp://127.0.0.1:9',
    'smtp://u:PLANTED-SECRET@127.0.0.1:9',
    'smtp://%ff@[::1]:9',
    'smtps://a:%zz@127.0.0.1',
  ],
  subject: [
    'leads',
    'bot_users',
    'visitors',
    'nobody@odd.example',
    '0',
    '99999999999999999999',
    '\u202e',
    '%00',
  ],
  telegram_user_id: ['987654321', '0', '999999999999999999'],
  filter: FILTERS,
};

const RESOURCES: Readonly<Record<string, string>> = {
  bot_id: 'bots',
  bot_ids: 'bots',
  domain_id: 'domains',
  template_id: 'broadcast-templates',
  segment_id: 'segments',
  product_id: 'products',
};

/** Values by which a body gets further than its first check: ids of what exists, and what sits at the ends of what is taken. */
export function goodValues(ids: ReadonlyMap<string, string>, name: string): readonly unknown[] {
  const id = ids.get(RESOURCES[name] ?? '');
  if (id === undefined) return GOOD_VALUES[name] ?? [];
  return name === 'bot_ids' ? [[id], [id, id], []] : [id];
}
