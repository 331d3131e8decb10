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
import { HOP_TEXTS } from './trace-words/by-language.ts';
import type { TraceLanguage } from './trace-words/hop-texts.ts';

/** The whole story of a sale, hop by hop. */
export interface Trace {
  readonly ref: string;
  readonly hops: readonly Hop[];
}

/** Whose story is asked for, and in which language it is to be told. */
export interface TraceQuestion {
  readonly workspaceId: string;
  readonly ref: string;
  readonly language: TraceLanguage;
}

/**
 * Tells what happened around a click token, a payment id, a lead id, a Telegram user id or an fbclid: what matched by which
 * rule, what did not and why. No hops: nothing is known of it in this workspace.
 */
export async function traceOf(db: Kysely<Database>, question: TraceQuestion): Promise<Trace> {
  const { workspaceId, ref, language } = question;
  // The longest reference is an fbclid; what PostgreSQL cannot hold is the name of nothing in it.
  if (ref !== buildStorableText(ref, 500)) return { ref, hops: [] };
  const story = await findStory(db, workspaceId, ref);
  const texts = HOP_TEXTS[language];
  const parts = [
    await listClickHops(db, story, texts),
    await listStartHops(db, story, texts),
    await listBroadcastHops(db, story, texts),
    await listPaymentHops(db, story, texts),
    await listLeadHops(db, story, texts),
    await listConversionHops(db, story, texts),
  ];
  return { ref, hops: sortHops(parts.flat()) };
}
