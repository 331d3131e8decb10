import { sql } from 'kysely';
import {
  type Choice,
  choices,
  columnOf,
  expressionOf,
  field,
  type SegmentField,
  type Test,
} from '../field.ts';
import { CONSENT, COUNTRY_FORM, SCORE_LABELS } from './choices.ts';
import { buildSaleFields } from './sale-fields.ts';
import { buildClickIdField, buildUtmFields, listColumns } from './touch-fields.ts';

const CLICK_IDS = ['fbclid', 'gclid', 'gbraid', 'wbraid', 'ttclid', 'li_fat_id'] as const;

/** Apps whose browsers are told apart. */
const IN_APP: readonly Choice[] = choices({
  ...{ facebook: ['Facebook', 'Facebook'], instagram: ['Instagram', 'Instagram'] },
  ...{ messenger: ['Messenger', 'Messenger'], threads: ['Threads', 'Threads'], tiktok: ['TikTok', 'TikTok'] },
  ...{ kwai: ['Kwai', 'Kwai'], telegram: ['Telegram', 'Telegram'], whatsapp: ['WhatsApp', 'WhatsApp'] },
  ...{ snapchat: ['Snapchat', 'Snapchat'], twitter: ['X (Twitter)', 'X (Twitter)'], line: ['LINE', 'LINE'] },
  ...{
    pinterest: ['Pinterest', 'Pinterest'],
    linkedin: ['LinkedIn', 'LinkedIn'],
    google: ['Google', 'Google'],
  },
  ...{ wechat: ['WeChat', 'WeChat'], kakaotalk: ['KakaoTalk', 'KakaoTalk'] },
});

const MATCHED_BY = choices({
  token: ['Link token', 'Token do link'],
  fbclid: ['fbclid of the start', 'fbclid do início'],
  known_fbclid: ['fbclid known before', 'fbclid já conhecido'],
});

/** Something of the click that the person came by; both keys, so that only one month is looked at. */
const clickOf = (column: string) => (test: Test) =>
  sql<boolean>`exists (select from clicks c
  where c.tracking_token = m.tracking_session_id and c.created_at = m.click_timestamp
    and c.workspace_id = m.workspace_id and ${test(sql.ref(`c.${column}`))})`;

const profileOf = (value: ReturnType<typeof sql>) => (test: Test) =>
  sql<boolean>`exists (select from user_profiles p where p.bot_user_id = m.id and ${test(value)})`;

const paid = sql`from payments p where p.bot_user_id = m.id and p.status = 'paid'`;

/**
 * The click's own choice; of somebody who came by none, the workspace's default. A click that is there no more (its month
 * was archived) may have been a refusal: it counts as not answered.
 */
export const botUserConsent = sql<string>`case when m.tracking_session_id is null
  then (select w.default_consent from workspaces w where w.workspace_id = m.workspace_id)
  else coalesce((select c.consent from clicks c where c.tracking_token = m.tracking_session_id
    and c.created_at = m.click_timestamp and c.workspace_id = m.workspace_id), 'pending') end`;

const STATE = {
  pattern: /^[A-Z0-9]{1,3}$/,
  message: 'must be an ISO 3166-2 code without the country, like SP',
};

const PLACE: readonly SegmentField[] = [
  field({ name: 'country', type: 'text', group: 'place' }, ['Country', 'País'], columnOf('geo_country'), {
    form: COUNTRY_FORM,
  }),
  field({ name: 'state', type: 'text', group: 'place' }, ['State', 'Estado'], columnOf('geo_state'), {
    form: STATE,
  }),
  field({ name: 'city', type: 'text', group: 'place' }, ['City', 'Cidade'], columnOf('geo_city'), {
    isFolded: true,
  }),
];

const DEVICE: readonly SegmentField[] = [
  field({ name: 'device', type: 'text', group: 'device' }, ['Device', 'Aparelho'], columnOf('device_type'), {
    isFolded: true,
  }),
  field(
    { name: 'browser', type: 'text', group: 'device' },
    ['Browser', 'Navegador'],
    columnOf('browser_name'),
    {
      isFolded: true,
    },
  ),
  field({ name: 'os', type: 'text', group: 'device' }, ['System', 'Sistema'], columnOf('os_name'), {
    isFolded: true,
  }),
  field({ name: 'is_mobile', type: 'flag', group: 'device' }, ['Mobile', 'Celular'], columnOf('is_mobile')),
  field(
    { name: 'in_app', type: 'choice', group: 'device' },
    ['In-app browser', 'Navegador de app'],
    clickOf('in_app'),
    {
      choices: IN_APP,
    },
  ),
];

const ORIGIN: readonly SegmentField[] = [
  ...buildUtmFields(columnOf),
  buildClickIdField(sql`select v.name, v.id from ${listColumns('m', CLICK_IDS)}`, CLICK_IDS),
  field({ name: 'bot_id', type: 'id', group: 'origin' }, ['Bot', 'Bot'], columnOf('bot_id'), {
    isAlwaysSet: true,
  }),
  field({ name: 'pool_id', type: 'id', group: 'origin' }, ['Pool', 'Pool'], clickOf('pool_id')),
  field(
    { name: 'matched_by', type: 'choice', group: 'origin' },
    ['Matched by', 'Reconhecido por'],
    columnOf('matched_by'),
    {
      choices: MATCHED_BY,
    },
  ),
  field(
    { name: 'language', type: 'text', group: 'origin' },
    ['Language', 'Idioma'],
    columnOf('language_code'),
    {
      isFolded: true,
    },
  ),
];

const QUALITY: readonly SegmentField[] = [
  field(
    { name: 'bot_score', type: 'number', group: 'quality' },
    SCORE_LABELS.bot,
    profileOf(sql`p.bot_score`),
  ),
  field(
    { name: 'fraud_score', type: 'number', group: 'quality' },
    SCORE_LABELS.fraud,
    profileOf(sql`p.fraud_score`),
  ),
  field(
    { name: 'is_suspicious', type: 'flag', group: 'quality' },
    SCORE_LABELS.suspicious,
    expressionOf(sql`exists (select from user_profiles p where p.bot_user_id = m.id and p.is_suspicious)`),
    { isAlwaysSet: true },
  ),
  field(
    { name: 'is_bot', type: 'flag', group: 'quality' },
    ['Marked as a bot', 'Marcado como robô'],
    expressionOf(sql`coalesce(m.is_bot_detected, false)`),
    { isAlwaysSet: true },
  ),
  field(
    { name: 'is_blocked', type: 'flag', group: 'activity' },
    ['Stopped the bot', 'Bloqueou o bot'],
    columnOf('is_blocked'),
    { isAlwaysSet: true },
  ),
];

const PURCHASE: readonly SegmentField[] = [
  ...buildSaleFields({
    ...{ rows: paid, amount: 'p.amount', currency: 'p.currency' },
    at: 'p.paid_at',
  }),
  field(
    { name: 'product_id', type: 'id', group: 'purchase' },
    ['Product bought', 'Produto comprado'],
    (test) => sql<boolean>`exists (select ${paid} and ${test(sql.ref('p.product_id'))})`,
  ),
];

const optedOut = sql`exists (select from broadcast_opt_outs o where o.workspace_id = m.workspace_id
  and o.telegram_user_id = m.telegram_user_id and o.ended_at is null)`;

const ACTIVITY: readonly SegmentField[] = [
  field(
    { name: 'has_opted_out', type: 'flag', group: 'consent' },
    ['Wants no broadcasts', 'Não quer transmissões'],
    expressionOf(optedOut),
    { isAlwaysSet: true },
  ),
  field(
    { name: 'consent', type: 'choice', group: 'consent' },
    ['Consent to ads', 'Consentimento de anúncios'],
    expressionOf(botUserConsent),
    {
      choices: CONSENT,
      isAlwaysSet: true,
    },
  ),
  field(
    { name: 'clicked_at', type: 'time', group: 'activity' },
    ['Ad click', 'Clique no anúncio'],
    columnOf('click_timestamp'),
  ),
  field(
    { name: 'first_interaction_at', type: 'time', group: 'activity' },
    ['First contact', 'Primeiro contato'],
    columnOf('first_interaction'),
    { isAlwaysSet: true },
  ),
  field(
    { name: 'last_interaction_at', type: 'time', group: 'activity' },
    ['Last contact', 'Último contato'],
    columnOf('last_interaction'),
    { isAlwaysSet: true },
  ),
];

/** What people in bots can be filtered by. */
export const BOT_USER_FIELDS: readonly SegmentField[] = [
  ...PLACE,
  ...DEVICE,
  ...ORIGIN,
  ...QUALITY,
  ...PURCHASE,
  ...ACTIVITY,
];
