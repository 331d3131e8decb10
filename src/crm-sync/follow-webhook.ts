import type { OpenConnection } from './caller.ts';
import { LOG_BODY_CONTEXT, type LogRow, type RowWork } from './due-rows.ts';
import { type Resolved, resolveChange, resolveDeal } from './resolve-change.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** A lead may be on its way through the capture log while its CRM already speaks of it. */
const EARLY_MS = 8_000;
const LOOK_AGAIN_MS = 1_500;

/** Reads a stored webhook with the settings of today and takes over what it says. */
export async function followWebhook(room: CrmRoomParts, open: OpenConnection, row: LogRow): Promise<RowWork> {
  if (row.body === null) return ignored('what it said is not kept any more');
  const [reading] = open.client.readWebhook(room.vault.open(row.body, LOG_BODY_CONTEXT));
  if (!reading) return ignored('it says nothing');
  if (reading.kind === 'ignored') return ignored(reading.reason);
  // A change of no deal is told apart by the row itself, which is there once for each telling.
  const dedupeKey = row.log_id;
  const resolved =
    reading.kind === 'hint'
      ? await resolveDeal(room, open, { dealId: reading.dealId, dedupeKey })
      : await resolveChange(room, open, { change: reading.change, dedupeKey, isAsked: false });
  return buildEnd(room, row, resolved);
}

const ignored = (reason: string): RowWork => ({ kind: 'end', end: { status: 'ignored', reason } });

function buildEnd(room: CrmRoomParts, row: LogRow, resolved: Resolved): RowWork {
  switch (resolved.kind) {
    case 'saved':
    case 'repeat':
    case 'older':
      return {
        kind: 'end',
        end: {
          status: resolved.kind === 'saved' ? 'success' : 'ignored',
          reason: resolved.kind === 'saved' ? null : resolved.note,
          leadId: resolved.leadId,
          response: { result: resolved.kind, note: resolved.note },
        },
      };
    case 'unknown':
      return lookAgain(room, row);
    case 'ignored':
      return ignored(resolved.reason);
    default:
      return { kind: 'trouble', trouble: resolved, calls: {} };
  }
}

function lookAgain(room: CrmRoomParts, row: LogRow): RowWork {
  const now = room.clock.now();
  const reason = 'no lead has its external id, e-mail or phone';
  if (now - row.created_at.getTime() >= EARLY_MS) return ignored(reason);
  const nextAttemptAt = new Date(now + LOOK_AGAIN_MS);
  return { kind: 'end', end: { status: 'due', reason: `${reason} yet`, nextAttemptAt } };
}
