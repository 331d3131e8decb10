import type { RetentionRule } from '../io/retention-rule.ts';

/** What CRMs were told and told us: that it happened stays, what was said goes. */
export const CRM_RETENTION: readonly RetentionRule[] = [
  {
    name: 'integrations_log.contents',
    table: 'integrations_log',
    key: ['log_id'],
    days: 'log_days',
    since: 'created_at',
    when: "status <> 'due' and num_nonnulls(request_data, response_data, body) > 0",
    set: 'request_data = null, response_data = null, body = null',
  },
];
