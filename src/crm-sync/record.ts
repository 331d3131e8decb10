import type { CrmLead } from '../crms/crm.ts';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import { listSecrets, scrub } from '../send/scrub.ts';

/** One call as it may be kept: without secrets, and without what tells who the person is. */
export interface CallRecord {
  readonly step: string;
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: unknown } | null;
  readonly duration_ms: number;
}

const MAX_KEPT = 4_000;

/** What must not stand in a record: the connection's secrets, and the person's own words and addresses. */
export function listHidden(credentials: unknown, lead: CrmLead | null): readonly string[] {
  const person = lead && [lead.email, lead.phone, lead.phone?.replace(/\D/g, ''), lead.name, lead.message];
  const words = lead?.name?.split(/\s+/) ?? [];
  return [...listSecrets(credentials), ...listSecrets([person, words])];
}

/** Writes down a call. */
export function buildRecord(
  call: {
    readonly step: string;
    readonly request: HttpRequest | null;
    readonly response: HttpResponse | null;
    readonly durationMs: number;
  },
  hidden: readonly string[],
): CallRecord {
  const clean = (text: string): string => maskPersons(scrub(text, hidden));
  const { request, response } = call;
  return {
    step: call.step,
    request: {
      method: request?.method ?? 'SMTP',
      url: clean(request?.url ?? 'smtp'),
      body: readKept(clean(request?.body ?? '')),
    },
    response: response && { status: response.status, body: readKept(clean(response.body)) },
    duration_ms: call.durationMs,
  };
}

/** Other people's addresses, as a CRM's answer may hold. */
const maskPersons = (text: string): string =>
  text
    .replace(/[\w.!#$%&'*+/=?^`{|}~-]+(@|%40)[\w-]+(\.[\w-]+)+/g, '[e-mail]')
    .replace(/\+\d[\d\s().-]{7,}\d/g, '[phone]')
    .replaceAll('\0', '')
    .replaceAll('\\u0000', '');

function readKept(text: string): unknown {
  if (text === '') return null;
  if (text.length <= MAX_KEPT) {
    try {
      const value: unknown = JSON.parse(text);
      return value;
    } catch {
      // Not JSON: kept as text.
    }
  }
  return text.slice(0, MAX_KEPT).toWellFormed();
}
