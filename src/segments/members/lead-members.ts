import { sql } from 'kysely';
import { maskEmail, maskName, maskPhone } from '../../domain/masking.ts';
import { openContact } from '../../leads/sealed-fields.ts';
import { buildLeadQuery, type MemberQuestion } from '../segment-query.ts';
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
  column('domain_id', 'Site', 'Site'),
  column('external_id', 'External id', 'Id externo'),
  { ...column('name', 'Name', 'Nome'), mask: maskName },
  { ...column('email', 'E-mail', 'E-mail'), mask: maskEmail },
  { ...column('phone', 'Phone', 'Telefone'), mask: maskPhone },
  column('company', 'Company', 'Empresa'),
  column('form', 'Form', 'Formulário'),
  column('lead_score', 'Lead score', 'Pontuação do lead'),
  column('is_business_email', 'Business e-mail', 'E-mail de empresa'),
  column('stage', 'Stage', 'Etapa'),
  column('stage_changed_at', 'Stage changed', 'Mudança de etapa'),
  column('purchase_total', 'Total bought', 'Total comprado'),
  column('last_purchase_at', 'Last purchase', 'Última compra'),
  column('consent', 'Consent to ads', 'Consentimento de anúncios'),
  column('is_duplicate', 'Repeated', 'Repetido'),
  column('device', 'Device', 'Aparelho'),
  ...UTM_COLUMNS,
  column('created_at', 'Came on', 'Chegou em'),
];

/** Leads, in the order in which they came. */
export const LEAD_MEMBERS: MemberKind = { columns: COLUMNS, list: listLeads, accessKind: 'lead' };

async function listLeads(
  { db, vault }: MemberParts,
  question: MemberQuestion,
  { after, limit }: MemberPage,
): Promise<readonly Member[]> {
  let query = buildLeadQuery(db, question)
    .leftJoin('utm_tracking as t', (join) =>
      join.onRef('t.tracking_id', '=', 'm.utm_tracking_id').onRef('t.workspace_id', '=', 'm.workspace_id'),
    )
    .select(['m.domain_id', 'm.external_id', 'm.name', 'm.email', 'm.phone', 'm.company'])
    .select(['m.form_location as form', 'm.lead_score', 'm.is_business_email', 'm.consent_ads as consent'])
    .select(['m.created_at', 't.device', 't.utm_source', 't.utm_medium', 't.utm_campaign', 't.utm_id'])
    .select(['t.utm_term', 't.utm_content'])
    .select(sql<string>`m.created_at::text`.as('place_at'))
    .select(sql<boolean>`m.duplicate_of is not null`.as('is_duplicate'))
    .select([
      STAGE.name.as('stage'),
      STAGE.at.as('staged_at'),
      SOLD.total.as('purchase_total'),
      SOLD.last.as('sold_at'),
    ]);
  if (after?.at) {
    // The row comparison alone would not leave out the partitions of earlier months.
    query = query
      .where(sql<boolean>`m.created_at >= ${after.at}::timestamptz`)
      .where(sql<boolean>`(m.created_at, m.lead_id) > (${after.at}::timestamptz, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy('m.created_at').orderBy('m.lead_id').limit(limit).execute();
  return rows.map((row) => {
    const { id, place_at, created_at, staged_at, sold_at, ...cells } = row;
    const { name, email, phone } = openContact(vault, { ...row, message: null });
    const moments = {
      stage_changed_at: momentCell(staged_at),
      last_purchase_at: momentCell(sold_at),
      created_at: momentCell(created_at),
    };
    return { id, place: { at: place_at, id }, cells: { id, ...cells, name, email, phone, ...moments } };
  });
}

const newest = sql`from lead_stages s where s.lead_id = m.lead_id order by s.created_at desc, s.arrival desc limit 1`;
const STAGE = {
  name: sql<string>`coalesce((select s.stage_name ${newest}), 'new')`,
  at: sql<Date | null>`(select s.created_at ${newest})`,
};

const won = sql`from offline_conversions o where o.lead_id = m.lead_id and o.retracted_at is null`;
const SOLD = {
  total: sql<string>`(select coalesce(sum(o.conversion_value), 0)::numeric(14, 2)::text ${won}
    and o.conversion_currency = (select w.currency from workspaces w where w.workspace_id = m.workspace_id))`,
  last: sql<Date | null>`(select max(o.conversion_date) ${won})`,
};
