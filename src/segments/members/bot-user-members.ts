import { sql } from 'kysely';
import { openName } from '../../bot/save-bot-user.ts';
import { maskName, maskPhone } from '../../domain/masking.ts';
import { buildBotUserQuery, type MemberQuestion } from '../segment-query.ts';
import {
  column,
  type Member,
  type MemberKind,
  type MemberPage,
  type MemberParts,
  momentCell,
  UTM_COLUMNS,
} from './member.ts';

const COLUMNS: MemberKind['columns'] = [
  column('id', 'Id', 'Id'),
  column('bot_id', 'Bot', 'Bot'),
  { ...column('telegram_user_id', 'Telegram id', 'Id do Telegram'), mask: maskPhone },
  { ...column('username', 'User name', 'Nome de usuário'), mask: maskName },
  { ...column('first_name', 'First name', 'Nome'), mask: maskName },
  { ...column('last_name', 'Last name', 'Sobrenome'), mask: maskName },
  column('language', 'Language', 'Idioma'),
  column('country', 'Country', 'País'),
  column('state', 'State', 'Estado'),
  column('city', 'City', 'Cidade'),
  column('device', 'Device', 'Aparelho'),
  column('browser', 'Browser', 'Navegador'),
  column('os', 'System', 'Sistema'),
  column('is_mobile', 'Mobile', 'Celular'),
  ...UTM_COLUMNS,
  column('matched_by', 'Matched by', 'Reconhecido por'),
  column('bot_score', 'Bot score', 'Pontuação de robô'),
  column('fraud_score', 'Fraud score', 'Pontuação de fraude'),
  column('is_suspicious', 'Suspicious', 'Suspeito'),
  column('is_bot', 'Marked as a bot', 'Marcado como robô'),
  column('is_blocked', 'Stopped the bot', 'Bloqueou o bot'),
  column('purchase_count', 'Purchases', 'Número de compras'),
  column('purchase_total', 'Total bought', 'Total comprado'),
  column('last_purchase_at', 'Last purchase', 'Última compra'),
  column('clicked_at', 'Ad click', 'Clique no anúncio'),
  column('first_interaction_at', 'First contact', 'Primeiro contato'),
  column('last_interaction_at', 'Last contact', 'Último contato'),
];

/** People in bots, in the order of their first contact. */
export const BOT_USER_MEMBERS: MemberKind = { columns: COLUMNS, list: listBotUsers, accessKind: 'bot_user' };

async function listBotUsers(
  { db, vault }: MemberParts,
  question: MemberQuestion,
  { after, limit }: MemberPage,
): Promise<readonly Member[]> {
  let query = buildBotUserQuery(db, question)
    .leftJoin('user_profiles as p', 'p.bot_user_id', 'm.id')
    .select(['m.bot_id', 'm.telegram_user_id', 'm.username', 'm.first_name', 'm.last_name', 'm.matched_by'])
    .select(['m.language_code as language', 'm.geo_country as country', 'm.geo_state as state'])
    .select(['m.geo_city as city', 'm.device_type as device', 'm.browser_name as browser', 'm.os_name as os'])
    .select(['m.is_mobile', 'm.is_blocked', 'm.utm_source', 'm.utm_medium', 'm.utm_campaign', 'm.utm_id'])
    .select(['m.utm_term', 'm.utm_content', 'm.click_timestamp', 'm.first_interaction', 'm.last_interaction'])
    .select(['p.bot_score', 'p.fraud_score', 'p.is_suspicious'])
    .select(sql<boolean>`coalesce(m.is_bot_detected, false)`.as('is_bot'))
    .select([
      BOUGHT.count.as('purchase_count'),
      BOUGHT.total.as('purchase_total'),
      BOUGHT.last.as('bought_at'),
    ]);
  if (after) query = query.where('m.id', '>', after.id);
  const rows = await query.orderBy('m.id').limit(limit).execute();
  return rows.map((row) => {
    const { id, click_timestamp, first_interaction, last_interaction, bought_at, ...cells } = row;
    const names = {
      username: openName(vault, row.username),
      first_name: openName(vault, row.first_name),
      last_name: openName(vault, row.last_name),
    };
    const moments = {
      last_purchase_at: momentCell(bought_at),
      clicked_at: momentCell(click_timestamp),
      first_interaction_at: momentCell(first_interaction),
      last_interaction_at: momentCell(last_interaction),
    };
    return { id, place: { at: null, id }, cells: { id, ...cells, ...names, ...moments } };
  });
}

const paid = sql`from payments b where b.bot_user_id = m.id and b.status = 'paid'`;
const BOUGHT = {
  count: sql<number>`(select count(*)::int ${paid})`,
  total: sql<string>`(select coalesce(sum(b.amount), 0)::numeric(14, 2)::text ${paid}
    and b.currency = (select w.currency from workspaces w where w.workspace_id = m.workspace_id))`,
  last: sql<Date | null>`(select max(b.paid_at) ${paid})`,
};
