import type { CrmTrouble } from '../crms/crm.ts';
import { type OpenConnection, openConnection } from './caller.ts';
import { findConnectionById, pauseConnection, readConnection, resumeConnection } from './connections.ts';
import { buildTroubleEnd, type CrmLane, claimRows, type LogRow, releaseRows, settleRow } from './due-rows.ts';
import { followWebhook } from './follow-webhook.ts';
import { pushLead } from './push-lead.ts';
import type { CrmRoomParts } from './room-parts.ts';

const BATCH = 10;

/** Works off a connection's due rows, one after the other; returns how many were dealt with. */
export async function runLane(room: CrmRoomParts, lane: CrmLane): Promise<number> {
  const now = new Date(room.clock.now());
  const limit = lane.isPaused ? 1 : BATCH;
  const rows = await claimRows(room.db, { connectionId: lane.connectionId, limit, now });
  if (rows.length === 0) return 0;
  const connectionRow = await findConnectionById(room.db, lane.connectionId);
  if (!connectionRow) return 0;
  const connection = readConnection(connectionRow, room.vault);
  const opening = await openConnection(room, connection);
  if (opening.kind !== 'open') return stopLane(room, { rows, trouble: opening, connection });
  for (const [index, row] of rows.entries()) {
    const trouble = await runRow(room, opening.open, row);
    if (trouble?.kind === 'unauthorized') {
      await stopLane(room, { rows: rows.slice(index), trouble, connection });
      return index + 1;
    }
  }
  return rows.length;
}

/** Deals with one row; a fault with it must not hold up the others, and it is tried again after its lease. */
async function runRow(room: CrmRoomParts, open: OpenConnection, row: LogRow): Promise<CrmTrouble | null> {
  try {
    const result =
      row.integration_type === 'push'
        ? await pushLead(room, open, row)
        : await followWebhook(room, open, row);
    const at = new Date(room.clock.now());
    if (result.kind === 'end') {
      await settleRow(room.db, row, { end: result.end, at });
      if (result.end.status === 'success') await resumeConnection(room.db, open.connection.connectionId);
      return null;
    }
    const { trouble } = result;
    if (trouble.kind === 'unauthorized') return trouble;
    await settleRow(room.db, row, {
      end: { ...result.calls, ...buildTroubleEnd(trouble, row, at.getTime()) },
      at,
    });
    return null;
  } catch (error) {
    room.logger.error({ err: error, logId: row.log_id }, 'crm: a row could not be dealt with');
    return null;
  }
}

/** Credentials that are refused pause the connection with its whole queue; anything else is each row's own trouble. */
async function stopLane(
  room: CrmRoomParts,
  stop: {
    readonly rows: readonly LogRow[];
    readonly trouble: CrmTrouble;
    readonly connection: OpenConnection['connection'];
  },
): Promise<number> {
  const { rows, trouble, connection } = stop;
  const at = new Date(room.clock.now());
  if (trouble.kind !== 'unauthorized') {
    for (const row of rows) {
      await settleRow(room.db, row, { end: buildTroubleEnd(trouble, row, at.getTime()), at });
    }
    return rows.length;
  }
  await releaseRows(room.db, { logIds: rows.map((row) => row.log_id), at });
  await pauseConnection(room.db, { connection, reason: trouble.reason, at });
  room.logger.error(
    { connectionId: connection.connectionId, kind: connection.kind, why: trouble.reason },
    'crm: the connection is paused, its queue waits',
  );
  return rows.length;
}
