import { type RawBuilder, sql } from 'kysely';
import { choices, type FieldGroup, type FieldRest, field, type SegmentField } from '../field.ts';

const UTM_LABELS = {
  utm_source: ['Source (utm_source)', 'Origem (utm_source)'],
  utm_medium: ['Medium (utm_medium)', 'Mídia (utm_medium)'],
  utm_campaign: ['Campaign (utm_campaign)', 'Campanha (utm_campaign)'],
  utm_id: ['Campaign id (utm_id)', 'Id da campanha (utm_id)'],
  utm_term: ['Term (utm_term)', 'Termo (utm_term)'],
  utm_content: ['Content (utm_content)', 'Conteúdo (utm_content)'],
} as const;

const CLICK_IDS = choices({
  fbclid: ['fbclid (Meta)', 'fbclid (Meta)'],
  gclid: ['gclid (Google)', 'gclid (Google)'],
  gbraid: ['gbraid (Google, iOS app)', 'gbraid (Google, app iOS)'],
  wbraid: ['wbraid (Google, iOS web)', 'wbraid (Google, web iOS)'],
  ttclid: ['ttclid (TikTok)', 'ttclid (TikTok)'],
  li_fat_id: ['li_fat_id (LinkedIn)', 'li_fat_id (LinkedIn)'],
  msclkid: ['msclkid (Microsoft)', 'msclkid (Microsoft)'],
});

/** The click ids that a touch on a site has columns for. */
export const SITE_CLICK_IDS = [
  'fbclid',
  'gclid',
  'gbraid',
  'wbraid',
  'ttclid',
  'li_fat_id',
  'msclkid',
] as const;

const SOURCE = { type: 'text', group: 'origin' } as const satisfies { type: 'text'; group: FieldGroup };

/** The six UTMs; `where` says in which row the column of that name stands. */
export function buildUtmFields(where: (column: string) => SegmentField['where']): readonly SegmentField[] {
  return Object.entries(UTM_LABELS).map(([name, labels]) => field({ name, ...SOURCE }, labels, where(name)));
}

/** Which click ids somebody came with; `rows` selects `name` and `id` of each that the row `m` may have. */
export function buildClickIdField(rows: RawBuilder<unknown>, names: readonly string[]): SegmentField {
  const rest: FieldRest = { choices: CLICK_IDS.filter(({ value }) => names.includes(value)) };
  return field(
    { name: 'click_id', type: 'choice', group: 'origin' },
    ['Click id', 'Identificador do clique'],
    (test) =>
      sql<boolean>`exists (select from (${rows}) k where k.id is not null and ${test(sql.ref('k.name'))})`,
    rest,
  );
}

/** `(values ('gclid', t.gclid), …) as v (name, id)` over the columns of one row. */
export function listColumns(row: string, names: readonly string[]): RawBuilder<unknown> {
  const pairs = names.map((name) => sql`(${sql.lit(name)}, ${sql.ref(`${row}.${name}`)})`);
  return sql`(values ${sql.join(pairs)}) as v (name, id)`;
}
