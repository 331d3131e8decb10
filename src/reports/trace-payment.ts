import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

const CAUSES: Readonly<Record<string, string>> = {
  charge: 'when the charge was made',
  webhook: 'after a webhook, and confirmed by asking the gateway',
  check: 'when the gateway was asked by the clock',
  delivery_page: 'when the delivery page was opened',
  button: 'when the person pressed “I have paid”',
  simulate: 'by a simulation in the sandbox',
  expiry: 'because its time ran out',
};

/** The charges of a story, every change of their status, and the opening of the delivery page. */
export async function listPaymentHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  if (story.paymentIds.length === 0) return [];
  const payments = await selectPayments(db, story).execute();
  const events = await db
    .selectFrom('payment_events')
    .select(['payment_id', 'from_status', 'to_status', 'cause', 'detail', 'at'])
    .where('workspace_id', '=', story.workspaceId)
    .where('payment_id', 'in', story.paymentIds)
    .orderBy('at')
    .execute();
  return [
    ...payments.flatMap((payment) => [buildChargeHop(payment), ...buildPageHop(payment)]),
    ...events.map(buildEventHop),
  ];
}

function selectPayments(db: Kysely<Database>, { workspaceId, paymentIds }: Story) {
  return db
    .selectFrom('payments')
    .select([
      'id',
      'product_name',
      'amount',
      'currency',
      'gateway',
      'tracking_token',
      'failure',
      'created_at',
    ])
    .select(['delivery_opened_at', 'status', 'gateway_charge_id'])
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', paymentIds);
}

type PaymentRow = Awaited<ReturnType<ReturnType<typeof selectPayments>['execute']>>[number];

function buildChargeHop(row: PaymentRow): Hop {
  const attribution =
    row.tracking_token === null
      ? 'Not attributed: when they bought, none of this person’s starts had found a click; see the starts before.'
      : 'Attributed to the click that the person’s newest matched start came from.';
  return {
    at: row.created_at,
    kind: 'charge',
    id: row.id,
    matched_by: row.tracking_token === null ? null : 'tracking_session_id',
    why: buildWhy(
      `Charge of ${row.amount} ${row.currency} for ${buildQuote(row.product_name)} at ${row.gateway}.`,
      row.failure === null ? null : `It could not be made: ${row.failure}.`,
      attribution,
    ),
    receipt: null,
  };
}

function buildPageHop(row: PaymentRow): Hop[] {
  if (row.delivery_opened_at === null) return [];
  const why =
    'The delivery page was opened; the browser’s Purchase carries the same event id as the server’s.';
  const { delivery_opened_at: at, id } = row;
  return [{ at, kind: 'delivery_page', id, matched_by: 'delivery_token', why, receipt: null }];
}

function buildEventHop(row: {
  payment_id: string;
  from_status: string | null;
  to_status: string | null;
  cause: string;
  detail: string | null;
  at: Date;
}): Hop {
  const cause = CAUSES[row.cause] ?? `(${row.cause})`;
  const change = row.to_status === null ? 'Noted' : `${row.from_status ?? 'New'} → ${row.to_status}`;
  const why = buildWhy(`${change} ${cause}.`, row.detail);
  return { at: row.at, kind: 'payment', id: row.payment_id, matched_by: row.cause, why, receipt: null };
}
