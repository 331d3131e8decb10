import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { DueConversion } from './due-conversion.ts';
import { findSuspicions, type Suspicion } from './suspicion.ts';

/** So long a conversion waits for the score of its person at most, in ms; a score is made within a second or two. */
const SCORE_WAIT_MS = 60_000;

/** How soon one whose person is known is looked at again. */
const KNOWN_LOOK_MS = 500;

/** How soon a click by which nobody has started is looked at again; there may be thousands. */
const UNKNOWN_LOOK_MS = 5_000;

/** Conversions to be planned now, and what is to be thought of their people. */
export interface SettledConversions {
  readonly due: readonly DueConversion[];
  readonly suspicions: ReadonlyMap<string, Suspicion>;
}

/**
 * Puts conversions off for a moment whose person has no score yet, where suspicious people are kept out. One that has
 * waited long enough is planned by what is known.
 */
export async function leaveOutUnsettled(
  tx: Kysely<Database>,
  found: readonly DueConversion[],
  now: Date,
): Promise<SettledConversions> {
  const conversionIds = found.map((conversion) => conversion.conversion_id);
  const suspicions = await findSuspicions(tx, { conversionIds, holds: true });
  if (suspicions.size === 0) return { due: found, suspicions };
  const late = found.flatMap((conversion) => {
    const suspicion = suspicions.get(conversion.conversion_id);
    if (!suspicion?.isUnsettled) return [];
    const end = (conversion.changed_at ?? conversion.created_at).getTime() + SCORE_WAIT_MS;
    if (end <= now.getTime()) return [];
    const look = now.getTime() + (suspicion.isKnown ? KNOWN_LOOK_MS : UNKNOWN_LOOK_MS);
    return [{ conversion_id: conversion.conversion_id, until: new Date(Math.min(end, look)) }];
  });
  await postpone(tx, late);
  const waiting = new Set(late.map((one) => one.conversion_id));
  return { due: found.filter((conversion) => !waiting.has(conversion.conversion_id)), suspicions };
}

async function postpone(
  tx: Kysely<Database>,
  late: readonly { readonly conversion_id: string; readonly until: Date }[],
): Promise<void> {
  if (late.length === 0) return;
  await sql`
    update conversions c set hold_until = r.until, hold_reason = 'waits for the score of the person'
    from json_to_recordset(${JSON.stringify(late)}::json) as r(conversion_id uuid, until timestamptz)
    where c.conversion_id = r.conversion_id`.execute(tx);
}
