/** Where a payment stands. `failed`: the charge was never made; nobody was shown a code. */
export type PaymentStatus = 'pending' | 'paid' | 'expired' | 'refunded' | 'failed';

/** What a fact does to a payment. */
export type PaymentStep =
  /** It moves; `isLate` for money that came after the charge had expired. */
  | { readonly kind: 'moved'; readonly to: PaymentStatus; readonly isLate: boolean }
  /** It is told again, or told too late to matter. */
  | { readonly kind: 'unchanged' }
  /** It cannot be true of this payment; worth a record for people. */
  | { readonly kind: 'impossible'; readonly reason: string };

const STEPS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  pending: ['paid', 'expired', 'failed', 'refunded'],
  expired: ['paid', 'refunded'],
  paid: ['refunded'],
  refunded: [],
  failed: [],
};

const RANK: Readonly<Record<PaymentStatus, number>> = {
  pending: 0,
  expired: 1,
  failed: 1,
  paid: 2,
  refunded: 3,
};

/**
 * The state machine of a payment: pending -> paid | expired | failed, expired -> paid (late money is taken),
 * paid -> refunded; never backward, and a repetition changes nothing. A refund may be the first that we hear of a
 * payment that was made and given back while we could not ask.
 */
export function stepPayment(from: PaymentStatus, told: PaymentStatus): PaymentStep {
  if (from === told) return { kind: 'unchanged' };
  if (STEPS[from].includes(told))
    return { kind: 'moved', to: told, isLate: from === 'expired' && told === 'paid' };
  if (from === 'failed' && RANK[told] >= RANK.paid) {
    return {
      kind: 'impossible',
      reason: `the gateway calls it ${told}, but the charge had failed and was shown to nobody`,
    };
  }
  return { kind: 'unchanged' };
}
