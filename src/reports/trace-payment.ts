import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type HopTexts, wordOf } from './trace-words/hop-texts.ts';
import { beginSentence, endSentence } from './trace-words/sentences.ts';
import { tellReason } from './trace-words/tell-reason.ts';

/** The charges of a story, every change of their status, and the opening of the delivery page. */
export async function listPaymentHops(db: Kysely<Database>, story: Story, texts: HopTexts): Promise<Hop[]> {
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
    ...payments.flatMap((payment) => [buildChargeHop(payment, texts), ...buildPageHop(payment, texts)]),
    ...events.map((event) => buildEventHop(event, texts)),
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

function buildChargeHop(row: PaymentRow, { payment, money, language }: HopTexts): Hop {
  return {
    at: row.created_at,
    kind: 'charge',
    id: row.id,
    matched_by: row.tracking_token === null ? null : 'tracking_session_id',
    why: buildWhy(
      payment.charge({
        price: money(row.amount, row.currency),
        product: buildQuote(row.product_name),
        gateway: row.gateway,
      }),
      row.failure === null ? null : payment.failure(tellReason(row.failure, language)),
      row.tracking_token === null ? payment.notAttributed : payment.attributed,
    ),
    receipt: null,
  };
}

function buildPageHop(row: PaymentRow, { payment: { pageOpened: why } }: HopTexts): Hop[] {
  if (row.delivery_opened_at === null) return [];
  const { delivery_opened_at: at, id } = row;
  return [{ at, kind: 'delivery_page', id, matched_by: 'delivery_token', why, receipt: null }];
}

interface EventRow {
  payment_id: string;
  from_status: string | null;
  to_status: string | null;
  cause: string;
  detail: string | null;
  at: Date;
}

function buildEventHop(row: EventRow, { payment, language }: HopTexts): Hop {
  const cause = wordOf(payment.causes, row.cause);
  const status = (it: string) => wordOf(payment.statuses, it);
  const from = row.from_status && status(row.from_status);
  const change =
    row.to_status === null ? payment.noted(cause) : payment.changed(from, status(row.to_status), cause);
  const detail = row.detail && endSentence(beginSentence(tellReason(row.detail, language)));
  const why = buildWhy(change, detail);
  return { at: row.at, kind: 'payment', id: row.payment_id, matched_by: row.cause, why, receipt: null };
}
