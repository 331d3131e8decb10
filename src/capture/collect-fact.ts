import type { LeadItem } from '../domain/collect.ts';
import type { CollectFact } from '../domain/facts.ts';
import type { Batch } from './collect-body.ts';
import type { PostedLead } from './collect-lead.ts';

/** Who sent a request, when, and for which site. */
export interface CollectFrame {
  readonly at: number;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly language?: string | null;
  readonly hints?: Readonly<Record<string, string>>;
  readonly isSecure?: boolean;
}

/** Writes down a batch with the items that were taken. */
export function buildBatchFact(frame: CollectFrame, batch: Batch, items: CollectFact['items']): CollectFact {
  const { sessionId, visitorId, sentAt } = batch;
  return { kind: 'collect', ...frame, sessionId, visitorId, skewMs: frame.at - sentAt, isSpam: false, items };
}

/** Writes down one lead; what filled a honeypot becomes an event, and what was typed is not kept. */
export function buildLeadFact(frame: CollectFrame, lead: PostedLead): CollectFact {
  const { sessionId, visitorId, skewMs, isSpam } = lead;
  const item = isSpam ? buildSpamEvent(lead.item) : lead.item;
  return { kind: 'collect', ...frame, sessionId, visitorId, skewMs, isSpam, items: [item] };
}

function buildSpamEvent(lead: LeadItem): CollectFact['items'][number] {
  const { id, at, pageUrl, referrer, consent, formLocation } = lead;
  return {
    type: 'event',
    ...{ id, at, pageUrl, referrer, consent, cookies: null },
    eventType: 'form_spam',
    category: 'form',
    action: 'honeypot',
    label: formLocation?.slice(0, 500) ?? null,
    value: null,
    elementId: null,
    elementClass: null,
    data: null,
  };
}
