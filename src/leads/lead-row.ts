import type { Insertable } from 'kysely';
import { readEmail, readPhone } from '../domain/identity.ts';
import { buildIpHash, readIp } from '../domain/ip-hash.ts';
import { type EmailKind, readEmailKind } from '../domain/lead-email.ts';
import { buildScore, listLeadRules, type ScoreWeights } from '../domain/lead-score.ts';
import { buildStorableJson } from '../domain/storable-json.ts';
import { buildIndexableText, buildStorableText } from '../domain/storable-text.ts';
import type { Database } from '../io/database.gen.ts';
import { buildContactHash, type LeadTools } from './lead-tools.ts';
import type { LeadProblem, NewLead } from './new-lead.ts';
import { sealField } from './sealed-fields.ts';

const LIMITS = {
  name: 300,
  email: 320,
  phone: 60,
  company: 300,
  message: 10_000,
  formLocation: 200,
} as const;
const EXTERNAL_ID_LIMIT = 300;
const EXTERNAL_ID_BYTES = 1000;
const USER_AGENT_LIMIT = 1000;
const JSON_LIMIT = 16 * 1024;

/** A lead ready to be stored, and what could not be used of it. */
export interface LeadRow {
  readonly columns: Insertable<Database['leads']>;
  readonly problems: readonly LeadProblem[];
}

/**
 * Reads a lead into a row. What a person typed is kept whatever it is (encrypted); only an e-mail or a phone that
 * reads as one is normalised, hashed and matched on, and the others are named in `problems`.
 */
export function buildLeadRow(tools: LeadTools, lead: NewLead, weights: ScoreWeights): LeadRow {
  const problems: LeadProblem[] = [];
  const texts = readTexts(lead, problems);
  const contact = readContact(texts, problems);
  const { score, reasons } = buildScore(
    listLeadRules({
      hasEmail: contact.email !== null,
      isBusinessEmail: contact.kind?.isBusiness ?? false,
      isDisposableEmail: contact.kind?.isDisposable ?? false,
      hasPhone: contact.phone !== null,
      name: texts.name,
      hasCompany: texts.company !== null,
      message: texts.message,
    }),
    weights,
  );
  const columns = {
    lead_id: lead.leadId.toLowerCase(),
    workspace_id: lead.workspaceId,
    domain_id: lead.domainId,
    session_id: lead.sessionId,
    page_id: lead.pageId ?? null,
    external_id: readExternalId(lead.externalId),
    company: texts.company,
    form_location: texts.formLocation,
    extensions: readJson('extensions', lead.extensions, problems),
    metadata: readJson('metadata', lead.metadata, problems),
    ...buildContactColumns(tools, texts, contact),
    lead_score: score,
    score_reasons: JSON.stringify(reasons),
    consent_ads: lead.consentAds,
    client_ip: readIp(lead.clientIp ?? null),
    ip_hash: buildIpHash(tools.ipHashSalt, lead.clientIp ?? null),
    user_agent: lead.userAgent ? buildStorableText(lead.userAgent, USER_AGENT_LIMIT) : null,
    geo_country: lead.country ?? null,
    is_datacenter: lead.isDatacenter ?? null,
    created_at: lead.createdAt,
    problems: JSON.stringify(problems),
  };
  return { columns, problems };
}

type Texts = { readonly [F in keyof typeof LIMITS]: string | null };

function readTexts(lead: NewLead, problems: LeadProblem[]): Texts {
  const read = (field: keyof typeof LIMITS): string | null => {
    const text = lead[field]?.trim() ?? '';
    if (text.length > LIMITS[field]) {
      problems.push({ field, message: `is longer than ${LIMITS[field]} characters and was cut` });
    }
    const kept = buildStorableText(text, LIMITS[field]);
    return kept === '' ? null : kept;
  };
  return {
    name: read('name'),
    email: read('email'),
    phone: read('phone'),
    company: read('company'),
    message: read('message'),
    formLocation: read('formLocation'),
  };
}

interface Contact {
  /** Normalised; null if there is none that reads as one. */
  readonly email: string | null;
  readonly kind: EmailKind | null;
  /** Digits with the country code. */
  readonly phone: string | null;
}

function readContact(texts: Texts, problems: LeadProblem[]): Contact {
  const email = texts.email === null ? null : readEmail(texts.email);
  const phone = texts.phone === null ? null : readPhone(texts.phone);
  if (texts.email !== null && email === null) {
    problems.push({ field: 'email', message: 'is not an e-mail address; it is kept but not matched on' });
  }
  if (texts.phone !== null && phone === null) {
    const message = 'is not a phone with a country or a Brazilian area code; it is kept but not matched on';
    problems.push({ field: 'phone', message });
  }
  return { email, phone, kind: email === null ? null : readEmailKind(email) };
}

function buildContactColumns(tools: LeadTools, texts: Texts, { email, phone, kind }: Contact) {
  const { vault } = tools;
  return {
    name: sealField(vault, 'name', texts.name),
    email: sealField(vault, 'email', email ?? texts.email),
    // The plus sign says that the country is in it, so that whoever reads it again guesses nothing.
    phone: sealField(vault, 'phone', phone === null ? texts.phone : `+${phone}`),
    message: sealField(vault, 'message', texts.message),
    hashed_email: email === null ? null : buildContactHash(tools, 'email', email),
    hashed_phone: phone === null ? null : buildContactHash(tools, 'phone', phone),
    is_business_email: kind?.isBusiness ?? null,
    email_domain: kind?.domain ?? null,
  };
}

/** An external id in the one form that is stored and looked for; null if there is none. */
export function readExternalId(text: string | null | undefined): string | null {
  const id = buildIndexableText(text?.trim() ?? '', EXTERNAL_ID_LIMIT, EXTERNAL_ID_BYTES);
  return id === '' ? null : id;
}

function readJson(field: 'extensions' | 'metadata', value: unknown, problems: LeadProblem[]): string {
  if (value === undefined || value === null) return '{}';
  const isObject = typeof value === 'object' && !Array.isArray(value);
  const json = isObject ? buildStorableJson(value, JSON_LIMIT) : null;
  if (json === null)
    problems.push({ field, message: 'is not a JSON object of at most 16 KiB; it was left out' });
  return json ?? '{}';
}
