import type { RetentionRule } from '../io/retention-rule.ts';

/** Which kinds of data were sent stays, because people may ask; the data themselves go. */
export const CLEARED_PAYLOAD = `jsonb_build_object('cleared_fields', coalesce((select jsonb_agg(distinct name)
  from jsonb_path_query(request_payload, '$.** ? (@.type() == "object").keyvalue().key') as name), '[]'))`;

/** What of the attempts to deliver goes with time. */
export const SYNC_LOG_RETENTION: readonly RetentionRule[] = [
  {
    name: 'platform_sync_log.request_payload',
    table: 'platform_sync_log',
    key: ['sync_id'],
    days: 'log_days',
    since: 'synced_at',
    when: "request_payload is not null and not request_payload ? 'cleared_fields'",
    set: `request_payload = ${CLEARED_PAYLOAD}`,
  },
  {
    name: 'platform_sync_log.response_data',
    table: 'platform_sync_log',
    key: ['sync_id'],
    days: 'log_days',
    since: 'synced_at',
    when: 'response_data is not null',
    set: 'response_data = null',
  },
];
