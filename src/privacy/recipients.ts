import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Person } from './find-subject.ts';

/** One telling of the person's data to somebody else. */
export interface Recipient {
  /** The ad platform or CRM. */
  readonly recipient: string;
  /** Which of our accounts there; null if it is gone. */
  readonly account: string | null;
  readonly at: Date;
  readonly what: string;
  readonly status: string;
  /** The kinds of data that went out; null where that was not recorded. */
  readonly fields: readonly string[] | null;
}

/** Who was sent what of a person, and when: the record that the data subject may ask for (LGPD, art. 18 VII). */
export async function listRecipients(db: Kysely<Database>, person: Person): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`
    select l.platform as recipient, d.name as account, l.synced_at as at, c.event_id as what,
      l.sync_status as status,
      case when l.request_payload ? 'cleared_fields' then l.request_payload->'cleared_fields'
        when l.request_payload is not null then (select jsonb_agg(distinct name)
          from jsonb_path_query(l.request_payload, '$.** ? (@.type() == "object").keyvalue().key') as name)
      end as fields
    from platform_sync_log l
    left join destinations d on d.destination_id = l.destination_id
    left join conversions c on c.conversion_id = l.conversion_id
    where l.conversion_id = any(${[...person.conversionIds]}::uuid[]) and l.attempt > 0
    union all
    select i.integration_name, c.name, coalesce(i.processed_at, i.created_at), i.integration_type, i.status, null
    from integrations_log i left join crm_connections c on c.connection_id = i.connection_id
    where i.lead_id = any(${[...person.leadIds]}::uuid[]) and i.integration_type = 'push'
    union all
    select split_part(a.fields[1], ' ', 1), null, a.accessed_at, 'customer list', 'exported',
      (select jsonb_agg(split_part(name, ': ', 2)) from unnest(a.fields) as name)
    from lead_access_log a
    where a.workspace_id = ${person.workspaceId} and a.action = 'export' and a.fields[1] like '% audience: %'
      and a.subject_id = any(${[...person.leadIds, ...person.botUserIds]}::text[])
    order by at`.execute(db);
  return rows;
}
