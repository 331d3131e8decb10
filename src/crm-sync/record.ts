import { splitName } from '../crms/answers.ts';
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

/** What must not stand in a record. */
export interface Hidden {
  /** The connection's own. */
  readonly secrets: readonly string[];
  /** The person's words and addresses. */
  readonly personal: readonly string[];
}

/** What must not stand in the records of a connection, and of a lead if there is one. */
export function listHidden(credentials: unknown, lead: CrmLead | null): Hidden {
  const { first, last } = splitName(lead?.name ?? null);
  const person = lead && [lead.email, lead.phone, lead.phone?.replace(/\D/g, ''), lead.name, lead.message];
  return { secrets: listSecrets(credentials), personal: listSecrets([person, first, last]) };
}

/** Writes down a call. */
export function buildRecord(
  call: {
    readonly step: string;
    readonly request: HttpRequest | null;
    readonly response: HttpResponse | null;
    readonly durationMs: number;
  },
  { secrets, personal }: Hidden,
): CallRecord {
  const clean = (text: string): string => maskPersons(scrubPerson(scrub(text, secrets), personal));
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

const scrubPerson = (text: string, personal: readonly string[]): string =>
  personal.reduce((scrubbed, value) => scrubbed.replaceAll(value, '[person]'), text);

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
