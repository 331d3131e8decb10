import { sql } from 'kysely';
import pLimit from 'p-limit';
import { findGateway } from '../gateways/registry.ts';
import { checkPayment } from './check-payment.ts';
import { nextCheckAt } from './next-check.ts';
import { findPayment } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

const BATCH = 20;
const AT_ONCE = 5;
/** If the process dies while asking, another one asks again after this. */
const LEASE_MS = 60_000;

/** Asks the gateways for the payments whose time has come; returns how many were asked for. */
export async function runDueChecks(room: RoomParts): Promise<number> {
  const now = room.clock.now();
  const due = await room.db
    .updateTable('payments')
    .set({ next_check_at: new Date(now + LEASE_MS), checks: sql<number>`checks + 1` })
    .where('id', 'in', (select) =>
      select
        .selectFrom('payments')
        .select('id')
        .where('next_check_at', '<=', new Date(now))
        .orderBy('next_check_at')
        .limit(BATCH)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'next_check_at'])
    .execute();
  const limit = pLimit(AT_ONCE);
  await Promise.all(due.map((payment) => limit(() => checkDue(room, payment.id, payment.next_check_at))));
  return due.length;
}

/** Asks for one payment; a fault with it must not hold up the others. */
async function checkDue(room: RoomParts, paymentId: string, lease: Date | null): Promise<void> {
  try {
    await checkPayment(room, paymentId, { cause: 'check' });
    await planNext(room, paymentId, lease);
  } catch (error) {
    room.logger.error({ err: error, paymentId }, 'a payment could not be checked');
  }
}

/** Ends the lease, unless somebody else has set another time meanwhile. */
async function planNext(room: RoomParts, paymentId: string, lease: Date | null): Promise<void> {
  const payment = await findPayment(room.db, paymentId);
  if (!payment || payment.next_check_at?.getTime() !== lease?.getTime()) return;
  const now = room.clock.now();
  const next = nextCheckAt(
    {
      status: payment.status,
      createdAt: payment.created_at.getTime(),
      expiresAt: payment.expires_at?.getTime() ?? now,
      paidAt: payment.paid_at?.getTime() ?? null,
      minCheckMs: (findGateway(payment.gateway)?.minCheckSeconds ?? 60) * 1000,
    },
    now,
  );
  await room.db
    .updateTable('payments')
    .set({ next_check_at: next === null ? null : new Date(next) })
    .where('id', '=', paymentId)
    .where('next_check_at', '=', lease)
    .execute();
}
