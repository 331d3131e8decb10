import type { RetentionRule } from '../io/retention-rule.ts';

/** What of clicks and visits goes with time; campaigns, places, devices and keyed hashes stay, for the totals. */
export const VISIT_RETENTION: readonly RetentionRule[] = [
  {
    name: 'clicks.client_ip',
    table: 'clicks',
    key: ['tracking_token', 'created_at'],
    days: 'ip_days',
    since: 'created_at',
    when: 'client_ip is not null',
    set: 'client_ip = null',
  },
  {
    name: 'clicks.browser',
    table: 'clicks',
    key: ['tracking_token', 'created_at'],
    days: 'click_days',
    since: 'created_at',
    when: `num_nonnulls(fbp, fbc, fbi, client_user_agent, accept_language, referrer) > 0
      or client_hints <> '{}' or url_params <> '{}'`,
    set: `fbp = null, fbp_origin = null, fbc = null, fbc_origin = null, fbi = null, client_user_agent = null,
      accept_language = null, referrer = null, client_hints = '{}', url_params = '{}'`,
  },
  {
    name: 'sessions.bot_evidence',
    table: 'sessions',
    key: ['session_id'],
    days: 'click_days',
    since: 'last_activity_at',
    when: `bot_evidence <> '[]'`,
    set: `bot_evidence = '[]'`,
  },
  {
    name: 'utm_tracking.client_ip',
    table: 'utm_tracking',
    key: ['tracking_id', 'created_at'],
    days: 'lead_days',
    since: 'created_at',
    when: 'client_ip is not null',
    set: 'client_ip = null',
  },
];
