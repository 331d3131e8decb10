import type { RetentionRule } from '../io/retention-rule.ts';

/** Gateways tell who paid, with name and CPF; the payment itself needs none of it. */
export const PAYMENT_RETENTION: readonly RetentionRule[] = [
  {
    name: 'gateway_webhooks.body',
    table: 'gateway_webhooks',
    key: ['webhook_id'],
    days: 'log_days',
    since: 'received_at',
    when: "state <> 'due' and length(body) > 0",
    set: "body = ''",
  },
];
