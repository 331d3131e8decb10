import { sql } from 'kysely';
import { columnOf, expressionOf, field, type SegmentField, type Test } from '../field.ts';
import { CONSENT, COUNTRY_FORM, SCORE_LABELS, SITE_DEVICES, STAGES } from './choices.ts';
import { buildSaleFields } from './sale-fields.ts';
import { buildClickIdField, buildUtmFields, listColumns, SITE_CLICK_IDS } from './touch-fields.ts';

const touch = sql`from utm_tracking t where t.tracking_id = m.utm_tracking_id and t.workspace_id = m.workspace_id`;

const touchOf = (column: string) => (test: Test) =>
  sql<boolean>`exists (select ${touch} and ${test(sql.ref(`t.${column}`))})`;

const won = sql`from offline_conversions o where o.lead_id = m.lead_id and o.retracted_at is null`;

/** The newest stage, as `src/leads/stages.ts` has it, over the member's row. */
const stage = sql`coalesce((select s.stage_name from lead_stages s where s.lead_id = m.lead_id
  order by s.created_at desc, s.arrival desc limit 1), 'new')`;
const stagedAt = sql`(select max(s.created_at) from lead_stages s where s.lead_id = m.lead_id)`;

const isBot = sql`exists (select from sessions s where s.session_id = m.session_id and s.is_bot_detected)`;
const always = { isAlwaysSet: true } as const;

const ORIGIN: readonly SegmentField[] = [
  field({ name: 'country', type: 'text', group: 'place' }, ['Country', 'País'], columnOf('geo_country'), {
    form: COUNTRY_FORM,
  }),
  ...buildUtmFields(touchOf),
  buildClickIdField(
    sql`select v.name, v.id from utm_tracking t cross join lateral ${listColumns('t', SITE_CLICK_IDS)}
      where t.tracking_id = m.utm_tracking_id and t.workspace_id = m.workspace_id`,
    SITE_CLICK_IDS,
  ),
  field({ name: 'domain_id', type: 'id', group: 'origin' }, ['Site', 'Site'], columnOf('domain_id')),
  field({ name: 'page_id', type: 'id', group: 'origin' }, ['Landing page', 'Página'], columnOf('page_id')),
  field({ name: 'form', type: 'text', group: 'origin' }, ['Form', 'Formulário'], columnOf('form_location')),
  field({ name: 'device', type: 'choice', group: 'device' }, ['Device', 'Aparelho'], touchOf('device'), {
    choices: SITE_DEVICES,
  }),
];

const profileOf = (column: string) => (test: Test) =>
  sql<boolean>`exists (select from lead_profiles p where p.lead_id = m.lead_id
    and p.workspace_id = m.workspace_id and ${test(sql.ref(`p.${column}`))})`;
const isSuspicious = sql`exists (select from lead_profiles p where p.lead_id = m.lead_id
  and p.workspace_id = m.workspace_id and p.is_suspicious)`;

const QUALITY: readonly SegmentField[] = [
  field({ name: 'bot_score', type: 'number', group: 'quality' }, SCORE_LABELS.bot, profileOf('bot_score')),
  field(
    { name: 'fraud_score', type: 'number', group: 'quality' },
    SCORE_LABELS.fraud,
    profileOf('fraud_score'),
  ),
  field(
    { name: 'is_suspicious', type: 'flag', group: 'quality' },
    SCORE_LABELS.suspicious,
    expressionOf(isSuspicious),
    always,
  ),
  field(
    { name: 'lead_score', type: 'number', group: 'quality' },
    ['Lead score', 'Pontuação do lead'],
    columnOf('lead_score'),
  ),
  field(
    { name: 'is_business_email', type: 'flag', group: 'quality' },
    ['Business e-mail', 'E-mail de empresa'],
    columnOf('is_business_email'),
  ),
  field(
    { name: 'email_domain', type: 'text', group: 'quality' },
    ['E-mail domain', 'Domínio do e-mail'],
    columnOf('email_domain'),
    {
      isFolded: true,
    },
  ),
  field(
    { name: 'has_email', type: 'flag', group: 'quality' },
    ['Has an e-mail', 'Tem e-mail'],
    expressionOf(sql`m.hashed_email is not null`),
    always,
  ),
  field(
    { name: 'has_phone', type: 'flag', group: 'quality' },
    ['Has a phone', 'Tem telefone'],
    expressionOf(sql`m.hashed_phone is not null`),
    always,
  ),
  field(
    { name: 'has_company', type: 'flag', group: 'quality' },
    ['Has a company', 'Tem empresa'],
    expressionOf(sql`m.company is not null`),
    always,
  ),
  field(
    { name: 'is_duplicate', type: 'flag', group: 'quality' },
    ['Repeated', 'Repetido'],
    expressionOf(sql`m.duplicate_of is not null`),
    always,
  ),
  field(
    { name: 'is_bot', type: 'flag', group: 'quality' },
    ['Marked as a bot', 'Marcado como robô'],
    expressionOf(isBot),
    always,
  ),
];

const STAGE: readonly SegmentField[] = [
  field({ name: 'stage', type: 'choice', group: 'stage' }, ['Stage', 'Etapa'], expressionOf(stage), {
    choices: STAGES,
    ...always,
  }),
  field(
    { name: 'stage_changed_at', type: 'time', group: 'stage' },
    ['Stage changed', 'Mudança de etapa'],
    expressionOf(stagedAt),
  ),
];

const PURCHASE: readonly SegmentField[] = [
  ...buildSaleFields({
    ...{ rows: won, amount: 'o.conversion_value', currency: 'o.conversion_currency' },
    at: 'o.conversion_date',
  }),
];

/** What leads can be filtered by. */
export const LEAD_FIELDS: readonly SegmentField[] = [
  ...ORIGIN,
  ...QUALITY,
  ...STAGE,
  ...PURCHASE,
  field(
    { name: 'consent', type: 'choice', group: 'consent' },
    ['Consent to ads', 'Consentimento de anúncios'],
    columnOf('consent_ads'),
    {
      choices: CONSENT,
      ...always,
    },
  ),
  field(
    { name: 'created_at', type: 'time', group: 'activity' },
    ['Came on', 'Chegou em'],
    columnOf('created_at'),
    always,
  ),
];
