import type { CrmLead, Push, PushProgress, PushStep } from '../crms/crm.ts';
import { linkDeal } from './apply-change.ts';
import { type CallResult, callCrm, type OpenConnection, scrubTrouble, sendMail } from './caller.ts';
import { buildCallColumns, type LogRow, type RowEnd, type RowWork, saveProgress } from './due-rows.ts';
import { findCrmLead } from './find-lead.ts';
import { buildRecord, type CallRecord, listHidden } from './record.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** No CRM takes more; a definition that went round in circles would never end. */
const MAX_STEPS = 8;

/** Brings a lead to a CRM, step by step; each finished step is kept, so that no attempt makes it again. */
export async function pushLead(room: CrmRoomParts, open: OpenConnection, row: LogRow): Promise<RowWork> {
  const { workspaceId } = open.connection;
  const lead =
    row.lead_id === null
      ? null
      : await findCrmLead(room.db, room.leads, { workspaceId, leadId: row.lead_id });
  if (!lead) return ended({ status: 'ignored', reason: 'the lead is gone or was made anonymous' });
  const calls: CallRecord[] = [];
  let progress = readProgress(row);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const push: Push = { lead, progress, isRepeat: row.attempts > 1 };
    const next = open.client.buildPush(push);
    if (next.kind === 'skip')
      return ended({ status: 'ignored', reason: next.reason, ...buildCallColumns(calls) });
    if (next.kind === 'done') return finish(room, { open, lead, progress, calls });
    const answer = await takeStep(room, { open, push, step: next, calls });
    if (answer.kind !== 'progress')
      return { kind: 'trouble', trouble: answer, calls: buildCallColumns(calls) };
    progress = answer.progress;
    await saveProgress(room.db, row, progress);
  }
  throw new Error(`The steps of a push to ${open.crm.name} do not end.`);
}

const ended = (end: RowEnd): RowWork => ({ kind: 'end', end });

interface Step {
  readonly open: OpenConnection;
  readonly push: Push;
  readonly step: Extract<PushStep, { kind: 'request' | 'mail' }>;
  readonly calls: CallRecord[];
}

async function takeStep(room: CrmRoomParts, { open, push, step, calls }: Step) {
  const result = await makeCall(room, { open, push, step });
  const request = step.kind === 'request' ? step.request : null;
  const response = result.kind === 'answer' ? result.response : null;
  const hidden = listHidden(open.connection.credentials, push.lead);
  calls.push(buildRecord({ step: step.name, request, response, durationMs: result.durationMs }, hidden));
  if (result.kind !== 'answer') return result;
  const answer = open.client.readPush(step.name, result.response, push);
  return answer.kind === 'progress' ? answer : scrubTrouble(answer, open.connection);
}

function makeCall(room: CrmRoomParts, { open, push, step }: Omit<Step, 'calls'>): Promise<CallResult> {
  if (step.kind === 'mail') return sendMail(room, step.mail);
  return callCrm(room, open, (client) => {
    // A client with a fresh token builds the same step again.
    const built = client === open.client ? step : client.buildPush(push);
    return built.kind === 'request' ? built.request : null;
  });
}

async function finish(
  room: CrmRoomParts,
  done: {
    readonly open: OpenConnection;
    readonly lead: CrmLead;
    readonly progress: PushProgress;
    readonly calls: readonly CallRecord[];
  },
): Promise<RowWork> {
  const { progress, open, lead } = done;
  if (progress.dealId !== null) {
    const { dealId, contactId, dealStage: stage } = progress;
    await linkDeal(room, { connection: open.connection, leadId: lead.leadId, dealId, contactId, stage });
  }
  const externalId = progress.dealId ?? progress.contactId;
  return ended({ status: 'success', reason: null, externalId, ...buildCallColumns(done.calls) });
}

const NOTHING: PushProgress = { contactId: null, dealId: null, dealStage: null, done: [] };

/** What earlier attempts have done; what they only looked for is looked for again. */
function readProgress(row: LogRow): PushProgress {
  const kept = row.progress;
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept) || !('done' in kept)) return NOTHING;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const done = Array.isArray(kept.done) ? kept.done.flatMap((step) => text(step) ?? []) : [];
  const progress = { ...NOTHING, ...kept };
  return {
    contactId: text(progress.contactId),
    dealId: text(progress.dealId),
    dealStage: progress.dealStage,
    done: done.filter((step) => !step.startsWith('find ')),
  };
}
