import type { Kysely } from 'kysely';
import { buildStorableText } from '../domain/storable-text.ts';
import type { Database } from '../io/database.gen.ts';
import { listBroadcastHops } from './trace-broadcast.ts';
import { listClickHops } from './trace-click.ts';
import { listConversionHops } from './trace-conversion.ts';
import { type Hop, sortHops } from './trace-hop.ts';
import { listLeadHops } from './trace-lead.ts';
import { listPaymentHops } from './trace-payment.ts';
import { listStartHops } from './trace-start.ts';
import { findStory } from './trace-story.ts';

/** The whole story of a sale, hop by hop. */
export interface Trace {
  readonly ref: string;
  readonly hops: readonly Hop[];
}

/**
 * Tells what happened around a click token, a payment id, a lead id, a Telegram user id or an fbclid: what matched by which
 * rule, what did not and why. No hops: nothing is known of it in this workspace.
 */
export async function traceOf(db: Kysely<Database>, workspaceId: string, ref: string): Promise<Trace> {
  // The longest reference is an fbclid; what PostgreSQL cannot hold is the name of nothing in it.
  if (ref !== buildStorableText(ref, 500)) return { ref, hops: [] };
  const story = await findStory(db, workspaceId, ref);
  const parts = [
    await listClickHops(db, story),
    await listStartHops(db, story),
    await listBroadcastHops(db, story),
    await listPaymentHops(db, story),
    await listLeadHops(db, story),
    await listConversionHops(db, story),
  ];
  return { ref, hops: sortHops(parts.flat()) };
}
