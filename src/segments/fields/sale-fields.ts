import { type RawBuilder, sql } from 'kysely';
import { expressionOf, field, type SegmentField } from '../field.ts';

/** Where the sales of the row `m` stand, and which columns say how much and when. */
export interface Sales {
  /** `from … where …`, which may be followed by `and`. */
  readonly rows: RawBuilder<unknown>;
  readonly amount: string;
  readonly currency: string;
  readonly at: string;
}

const always = { isAlwaysSet: true } as const;

/** Whether, how often, for how much (in the workspace's currency) and when last somebody bought. */
export function buildSaleFields({ rows, amount, currency, at }: Sales): readonly SegmentField[] {
  const own = sql`${sql.ref(currency)} = (select w.currency from workspaces w where w.workspace_id = m.workspace_id)`;
  return [
    field(
      { name: 'has_purchased', type: 'flag', group: 'purchase' },
      ['Purchased', 'Comprou'],
      expressionOf(sql`exists (select ${rows})`),
      always,
    ),
    field(
      { name: 'purchase_count', type: 'number', group: 'purchase' },
      ['Purchases', 'Número de compras'],
      expressionOf(sql`(select count(*) ${rows})`),
      always,
    ),
    field(
      { name: 'purchase_total', type: 'money', group: 'purchase' },
      ['Total bought', 'Total comprado'],
      expressionOf(sql`(select coalesce(sum(${sql.ref(amount)}), 0) ${rows} and ${own})`),
      always,
    ),
    field(
      { name: 'last_purchase_at', type: 'time', group: 'purchase' },
      ['Last purchase', 'Última compra'],
      expressionOf(sql`(select max(${sql.ref(at)}) ${rows})`),
    ),
  ];
}
