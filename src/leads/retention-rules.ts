import type { RetentionRule } from '../io/retention-rule.ts';

/** A lead that is old keeps its hashes, score, stages and origin, and nothing that names the person. */
export const LEAD_RETENTION: readonly RetentionRule[] = [
  {
    name: 'leads.personal',
    table: 'leads',
    key: ['lead_id', 'created_at'],
    days: 'lead_days',
    since: 'created_at',
    when: 'anonymised_at is null',
    set: `name = null, email = null, phone = null, message = null, client_ip = null, user_agent = null,
      extensions = '{}', metadata = '{}', problems = '[]', anonymised_at = now()`,
  },
];
