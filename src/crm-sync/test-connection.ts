import type { CrmTrouble, PushStep } from '../crms/crm.ts';
import { readJsonObject } from '../domain/http-message.ts';
import {
  type CallResult,
  callCrm,
  type OpenConnection,
  openConnection,
  scrubTrouble,
  sendMail,
} from './caller.ts';
import { findConnectionById, readConnection, resumeConnection } from './connections.ts';
import { buildRecord, listHidden } from './record.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** What a CRM said to a test. */
export interface ConnectionTest {
  readonly isAccepted: boolean;
  /** In words for the owner: what it means and what to do. */
  readonly explanation: string;
  /** Null when there was no answer, as `response`. */
  readonly httpStatus: number | null;
  /** Without secrets and without people's addresses. */
  readonly response: Readonly<Record<string, unknown>> | null;
  readonly durationMs: number;
}

const NO_ANSWER = { isAccepted: false, httpStatus: null, response: null, durationMs: 0 };

/** Calls the CRM without changing anything there (or sends a message marked as a test); what is good ends a pause. */
export async function testConnection(
  room: CrmRoomParts,
  connectionId: string,
): Promise<ConnectionTest | null> {
  const row = await findConnectionById(room.db, connectionId);
  if (!row) return null;
  const opening = await openConnection(room, readConnection(row, room.vault));
  if (opening.kind !== 'open') return { ...NO_ANSWER, explanation: explain(row.kind, opening) };
  const { open } = opening;
  const step = open.client.buildTest();
  if (step.kind === 'skip')
    return { ...NO_ANSWER, isAccepted: true, explanation: `Nothing to test: ${step.reason}.` };
  const result = await call(room, open, step);
  const { durationMs } = result;
  if (result.kind !== 'answer')
    return { ...NO_ANSWER, durationMs, explanation: explain(open.crm.name, result) };
  const { response } = result;
  const outcome = open.client.readTest(response);
  if (outcome.kind === 'good') await resumeConnection(room.db, connectionId);
  const hidden = listHidden(open.connection.credentials, null);
  const kept = buildRecord({ step: 'test', request: null, response, durationMs }, hidden).response?.body;
  return {
    isAccepted: outcome.kind === 'good',
    explanation:
      outcome.kind === 'good'
        ? `${open.crm.name} takes the credentials and answered as it should.`
        : explain(open.crm.name, scrubTrouble(outcome, open.connection)),
    httpStatus: response.status,
    response: readJsonObject(JSON.stringify(kept ?? null)) ?? { text: typeof kept === 'string' ? kept : '' },
    durationMs,
  };
}

function call(room: CrmRoomParts, open: OpenConnection, step: PushStep): Promise<CallResult> {
  if (step.kind === 'mail') return sendMail(room, step.mail);
  return callCrm(room, open, (client) => {
    const built = client.buildTest();
    return built.kind === 'request' ? built.request : null;
  });
}

function explain(name: string, trouble: CrmTrouble): string {
  switch (trouble.kind) {
    case 'retry':
      return `${name} cannot be asked right now (${trouble.reason}). Try again in a minute.`;
    case 'rejected':
      return `${name} knows the credentials and refused the call: ${trouble.reason}.`;
    case 'unauthorized':
      return `${name} refuses the credentials or the settings (${trouble.reason}). Correct them; what waits is then sent.`;
  }
}
