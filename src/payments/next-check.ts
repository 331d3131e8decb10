import type { PaymentStatus } from '../domain/payment-status.ts';

/** What decides when a payment is asked for again. Times in ms since the epoch. */
export interface CheckedPayment {
  readonly status: PaymentStatus;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly paidAt: number | null;
  /** The shortest time between two questions that the gateway wants. */
  readonly minCheckMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long after its expiry a charge is still asked for: late money does come. */
export const LATE_MONEY_MS = DAY;
/** How long after the payment a refund is looked for without a webhook. */
const REFUND_WATCH_MS = 30 * DAY;

/**
 * When to ask the gateway again, or null for never. Pending: first every few seconds, slower with the charge's age,
 * and right after the expiry; then hourly for a day; paid: at growing distances for a month, for refunds whose
 * webhook was lost.
 */
export function nextCheckAt(payment: CheckedPayment, now: number): number | null {
  switch (payment.status) {
    case 'pending': {
      if (now >= payment.expiresAt) return now < payment.expiresAt + LATE_MONEY_MS ? now + 5 * MINUTE : null;
      const wait = Math.min(Math.max((now - payment.createdAt) / 6, 5_000), 2 * MINUTE);
      return Math.min(now + Math.max(wait, payment.minCheckMs), payment.expiresAt + 1_000);
    }
    case 'expired':
      return now + HOUR < payment.expiresAt + LATE_MONEY_MS ? now + HOUR : null;
    case 'paid': {
      const age = now - (payment.paidAt ?? now);
      return age < REFUND_WATCH_MS ? now + Math.max(6 * HOUR, age) : null;
    }
    case 'refunded':
    case 'failed':
      return null;
  }
}
