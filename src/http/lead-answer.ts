import { z } from 'zod';
import { STAGE_NAMES } from '../domain/lead-stages.ts';
import { maskEmail, maskName, maskPhone } from '../domain/masking.ts';
import { type Access, recordAccess } from '../leads/access-log.ts';
import type { FoundLead } from '../leads/find-leads.ts';
import { openContact, SEALED_FIELDS } from '../leads/sealed-fields.ts';
import { mayDo } from './auth.ts';
import type { AppDeps } from './deps.ts';
import { timeField } from './fields.ts';
import { buildAccess, type Reader } from './reader.ts';

const nullableText = z.string().nullable();
const jsonObject = z.record(z.string(), z.unknown());
const problemsSchema = z.array(z.object({ field: z.string(), message: z.string() }));
const reasonsSchema = z.array(z.object({ rule: z.string(), points: z.number() }));

const riskSchema = z.object({ bot: reasonsSchema, fraud: reasonsSchema });

/** Schema of a lead in an answer. */
export const leadSchema = z
  .object({
    lead_id: z.string(),
    domain_id: nullableText,
    session_id: nullableText,
    utm_tracking_id: nullableText.describe('The touch that it is attributed to.'),
    page_id: nullableText,
    external_id: nullableText,
    name: nullableText.describe('Masked for keys of scope `read`, as `email`, `phone` and `message`.'),
    email: nullableText,
    hashed_email: nullableText.describe('Keyed hash: equal for equal addresses, and of no use elsewhere.'),
    company: nullableText,
    phone: nullableText.describe('With `+` and the country code, or as typed if it is no phone.'),
    hashed_phone: nullableText,
    extensions: jsonObject,
    message: nullableText,
    form_location: nullableText,
    lead_score: z.int().nullable().describe('0 to 100.'),
    score_reasons: reasonsSchema.describe('The rules that made the score.'),
    bot_score: z.int().nullable().describe('0 to 100; null for the second before it is worked out.'),
    fraud_score: z.int().nullable(),
    is_suspicious: z.boolean().nullable(),
    risk_reasons: riskSchema.nullable().describe('The rules that made `bot_score` and `fraud_score`.'),
    is_business_email: z.boolean().nullable(),
    email_domain: nullableText,
    time_to_conversion: z.int().nullable().describe('Seconds from the start of the session.'),
    duplicate_of: nullableText.describe('The first lead of the same e-mail or phone on the site.'),
    stage_name: z.enum(STAGE_NAMES).describe('The newest stage.'),
    consent_ads: z.enum(['granted', 'denied', 'pending']),
    problems: problemsSchema.describe('What was sent and could not be used, and why.'),
    created_at: timeField,
    metadata: jsonObject,
  })
  .meta({ id: 'Lead', description: 'A person who left a way to be reached.' });

/** Builds the answers, after the look at them is recorded. */
export async function showLeads(
  deps: Pick<AppDeps, 'db' | 'vault'>,
  reader: Reader,
  leads: readonly FoundLead[],
): Promise<z.infer<typeof leadSchema>[]> {
  const isClear = mayDo(reader.actor, 'write');
  const opened = leads.map((lead) => ({ lead, contact: openContact(deps.vault, lead) }));
  const accesses = opened.map(({ lead, contact }): Access => {
    const shown = SEALED_FIELDS.filter((field) => contact[field] !== null);
    return {
      ...buildAccess(reader, 'lead', lead.lead_id),
      fields: isClear ? shown : shown.map((field) => `${field} (masked)`),
    };
  });
  await recordAccess(deps.db, accesses);
  return opened.map(({ lead, contact }) => {
    const { name, email, phone, message } = contact;
    const masked = {
      name: name && maskName(name),
      email: email && maskEmail(email),
      phone: phone && maskPhone(phone),
      message: message && '***',
    };
    return { ...buildLead(lead), ...(isClear ? contact : masked) };
  });
}

const buildLead = (row: FoundLead) => ({
  lead_id: row.lead_id,
  domain_id: row.domain_id,
  session_id: row.session_id,
  utm_tracking_id: row.utm_tracking_id,
  page_id: row.page_id,
  external_id: row.external_id,
  hashed_email: row.hashed_email,
  company: row.company,
  hashed_phone: row.hashed_phone,
  extensions: jsonObject.safeParse(row.extensions).data ?? {},
  form_location: row.form_location,
  lead_score: row.lead_score,
  score_reasons: reasonsSchema.safeParse(row.score_reasons).data ?? [],
  bot_score: row.bot_score,
  fraud_score: row.fraud_score,
  is_suspicious: row.is_suspicious,
  risk_reasons: riskSchema.safeParse(row.risk_reasons).data ?? null,
  is_business_email: row.is_business_email,
  email_domain: row.email_domain,
  time_to_conversion: row.time_to_conversion,
  duplicate_of: row.duplicate_of,
  stage_name: leadSchema.shape.stage_name.catch('new').parse(row.stage_name),
  consent_ads: leadSchema.shape.consent_ads.parse(row.consent_ads),
  problems: problemsSchema.safeParse(row.problems).data ?? [],
  created_at: row.created_at.toISOString(),
  metadata: jsonObject.safeParse(row.metadata).data ?? {},
});
