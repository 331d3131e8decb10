import { sql } from 'kysely';
import { buildVisitorQuery, type MemberQuestion } from '../segment-query.ts';
import {
  column,
  type Member,
  type MemberKind,
  type MemberPage,
  type MemberParts,
  momentCell,
} from './member.ts';

const COLUMNS: MemberKind['columns'] = [
  column('id', 'Id', 'Id'),
  column('visitor_id', 'Visitor', 'Visitante'),
  column('domain_id', 'Site', 'Site'),
  column('sessions', 'Sessions', 'Sessões'),
  column('page_views', 'Page views', 'Páginas vistas'),
  column('is_lead', 'Became a lead', 'Virou lead'),
  column('utm_source', 'First source', 'Primeira origem'),
  column('utm_medium', 'First medium', 'Primeira mídia'),
  column('utm_campaign', 'First campaign', 'Primeira campanha'),
  column('first_visit_at', 'First visit', 'Primeira visita'),
  column('last_visit_at', 'Last visit', 'Última visita'),
];

/** Visitors of a site each: keyed hashes, nothing of which is personal in itself. */
export const VISITOR_MEMBERS: MemberKind = { columns: COLUMNS, list: listVisitors, accessKind: null };

async function listVisitors(
  { db }: MemberParts,
  question: MemberQuestion,
  { after, limit }: MemberPage,
): Promise<readonly Member[]> {
  let query = buildVisitorQuery(db, question)
    .select([
      'm.visitor_id',
      'm.domain_id',
      'm.total_sessions as sessions',
      'm.total_page_views as page_views',
    ])
    .select(['m.converted as is_lead', 'm.first_visit_at', 'm.last_visit_at'])
    .select([firstTouch('utm_source'), firstTouch('utm_medium'), firstTouch('utm_campaign')]);
  if (after) query = query.where('m.journey_id', '>', after.id);
  const rows = await query.orderBy('m.journey_id').limit(limit).execute();
  return rows.map(({ id, first_visit_at, last_visit_at, ...cells }) => {
    const moments = {
      first_visit_at: momentCell(first_visit_at),
      last_visit_at: momentCell(last_visit_at),
    };
    return { id, place: { at: null, id }, cells: { id, ...cells, ...moments } };
  });
}

const firstTouch = <C extends string>(name: C) =>
  sql<string | null>`(select ${sql.ref(`t.${name}`)} from sessions s
    join utm_tracking t on t.session_id = s.session_id and t.workspace_id = m.workspace_id
    where s.visitor_id = m.visitor_id and s.domain_id = m.domain_id
    order by t.created_at, t.tracking_id limit 1)`.as(name);
