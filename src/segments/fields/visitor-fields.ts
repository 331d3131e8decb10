import { sql } from 'kysely';
import { columnOf, expressionOf, field, type SegmentField, type Test } from '../field.ts';
import { CONSENT, SITE_DEVICES, STAGES } from './choices.ts';
import { buildSaleFields } from './sale-fields.ts';
import { buildClickIdField, buildUtmFields, listColumns, SITE_CLICK_IDS } from './touch-fields.ts';

const session = sql`from sessions s where s.visitor_id = m.visitor_id and s.domain_id = m.domain_id`;

/** Any touch of any session counts: a visitor may have come by several campaigns. */
const touch = sql`from sessions s join utm_tracking t on t.session_id = s.session_id and t.workspace_id = m.workspace_id`;
const ofVisitor = sql`s.visitor_id = m.visitor_id and s.domain_id = m.domain_id`;

const touchOf = (column: string) => (test: Test) =>
  sql<boolean>`exists (select ${touch} where ${ofVisitor} and ${test(sql.ref(`t.${column}`))})`;

/** The newest word holds. */
const newestOf = (column: string) =>
  sql`(select ${sql.ref(`s.${column}`)} ${session} order by s.last_activity_at desc, s.session_id desc limit 1)`;

const lead = sql`from sessions s join leads l on l.session_id = s.session_id and l.workspace_id = m.workspace_id`;
const won = sql`${lead} join offline_conversions o on o.lead_id = l.lead_id and o.retracted_at is null where ${ofVisitor}`;
const stage = sql`coalesce((select g.stage_name from lead_stages g where g.lead_id = l.lead_id
  order by g.created_at desc, g.arrival desc limit 1), 'new')`;
const always = { isAlwaysSet: true } as const;

const ORIGIN: readonly SegmentField[] = [
  ...buildUtmFields(touchOf),
  buildClickIdField(
    sql`select v.name, v.id ${touch} cross join lateral ${listColumns('t', SITE_CLICK_IDS)} where ${ofVisitor}`,
    SITE_CLICK_IDS,
  ),
  field({ name: 'domain_id', type: 'id', group: 'origin' }, ['Site', 'Site'], columnOf('domain_id'), always),
  field({ name: 'device', type: 'choice', group: 'device' }, ['Device', 'Aparelho'], touchOf('device'), {
    choices: SITE_DEVICES,
  }),
];

const PURCHASE: readonly SegmentField[] = [
  ...buildSaleFields({
    ...{ rows: won, amount: 'o.conversion_value', currency: 'o.conversion_currency' },
    at: 'o.conversion_date',
  }),
];

const ACTIVITY: readonly SegmentField[] = [
  field(
    { name: 'sessions', type: 'number', group: 'activity' },
    ['Sessions', 'Sessões'],
    columnOf('total_sessions'),
    always,
  ),
  field(
    { name: 'page_views', type: 'number', group: 'activity' },
    ['Page views', 'Páginas vistas'],
    columnOf('total_page_views'),
    always,
  ),
  field(
    { name: 'first_visit_at', type: 'time', group: 'activity' },
    ['First visit', 'Primeira visita'],
    columnOf('first_visit_at'),
    always,
  ),
  field(
    { name: 'last_visit_at', type: 'time', group: 'activity' },
    ['Last visit', 'Última visita'],
    columnOf('last_visit_at'),
    always,
  ),
];

/** What the visitors of the sites can be filtered by. */
export const VISITOR_FIELDS: readonly SegmentField[] = [
  ...ORIGIN,
  field(
    { name: 'is_bot', type: 'flag', group: 'quality' },
    ['Marked as a bot', 'Marcado como robô'],
    expressionOf(sql`exists (select ${session} and s.is_bot_detected)`),
    always,
  ),
  field(
    { name: 'is_lead', type: 'flag', group: 'stage' },
    ['Became a lead', 'Virou lead'],
    columnOf('converted'),
    always,
  ),
  field(
    { name: 'stage', type: 'choice', group: 'stage' },
    ['Stage of a lead', 'Etapa de um lead'],
    (test) => sql<boolean>`exists (select ${lead} where ${ofVisitor} and ${test(stage)})`,
    { choices: STAGES },
  ),
  ...PURCHASE,
  field(
    { name: 'consent', type: 'choice', group: 'consent' },
    ['Consent to ads', 'Consentimento de anúncios'],
    expressionOf(newestOf('consent_ads')),
    {
      choices: CONSENT,
    },
  ),
  field(
    { name: 'consent_analytics', type: 'choice', group: 'consent' },
    ['Consent to analytics', 'Consentimento de análise'],
    expressionOf(newestOf('consent_analytics')),
    { choices: CONSENT },
  ),
  ...ACTIVITY,
];
