import type { Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** A conversion whose hold is over. */
export type DueConversion = Pick<
  Selectable<Database['conversions']>,
  | 'conversion_id'
  | 'workspace_id'
  | 'conversion_name'
  | 'occurred_at'
  | 'pool_id'
  | 'consent'
  | 'lead_id'
  | 'clicked_at'
  | 'revision'
  | 'retracted_at'
  | 'created_at'
  | 'changed_at'
>;
