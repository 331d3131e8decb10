import type { CrmTrouble, DealChange } from '../crms/crm.ts';
import { type Applied, applyChange, type Telling } from './apply-change.ts';
import { callCrm, type OpenConnection, scrubTrouble } from './caller.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** What a deal's state came to, or why that could not be found out. */
export type Resolved = Applied | { readonly kind: 'ignored'; readonly reason: string } | CrmTrouble;

/** Asks the CRM for a deal and takes over its state. */
export async function resolveDeal(
  room: CrmRoomParts,
  open: OpenConnection,
  question: { readonly dealId: string; readonly dedupeKey: string | null },
): Promise<Resolved> {
  const result = await callCrm(room, open, (client) => client.buildDeal(question.dealId));
  if (result.kind !== 'answer') return result;
  const answer = open.client.readDeal(result.response, question.dealId);
  if (answer.kind === 'missing') return { kind: 'ignored', reason: answer.reason };
  if (answer.kind !== 'found') return scrubTrouble(answer, open.connection);
  if (answer.reading.kind === 'ignored') return answer.reading;
  return resolveChange(room, open, { ...question, change: answer.reading.change, isAsked: true });
}

/** Takes over a state; a deal that nothing joins to a lead is joined by its contact, who is asked for. */
export async function resolveChange(
  room: CrmRoomParts,
  open: OpenConnection,
  question: {
    readonly change: DealChange;
    readonly dedupeKey: string | null;
    /** The deal itself has been asked for: it has no more to say. */
    readonly isAsked: boolean;
  },
): Promise<Resolved> {
  const { change, dedupeKey } = question;
  const telling: Telling = { connection: open.connection, change, dedupeKey };
  const applied = await applyChange(room, telling);
  if (applied.kind !== 'unknown' || !open.crm.hasLookup) return applied;
  const { contactId, dealId } = change;
  if (contactId === null) {
    return question.isAsked || dealId === null ? applied : resolveDeal(room, open, { dealId, dedupeKey });
  }
  const result = await callCrm(room, open, (client) => client.buildContact(contactId));
  if (result.kind !== 'answer') return result;
  const contact = open.client.readContact(result.response);
  if (contact.kind === 'missing') return applied;
  if (contact.kind !== 'found') return scrubTrouble(contact, open.connection);
  const { emails, phones } = contact;
  return applyChange(room, { ...telling, change: { ...change, emails, phones } });
}
