import { z } from 'zod';
import { readEmail } from '../domain/identity.ts';
import { isSmtpUrl, readSmtpUser } from '../domain/smtp-address.ts';
import { addStep, ignore } from './answers.ts';
import type { CrmAccess, CrmLead, Mail, PushStep } from './crm.ts';
import { defineCrm } from './define-crm.ts';

const addressField = z
  .string()
  .trim()
  .max(254)
  .refine((text) => readEmail(text) !== null, 'must be an e-mail address');

const credentials = z.strictObject({
  /** `smtps://user:password@host:465` or `smtp://user:password@host:587`. */
  smtp_url: z.string().max(2000).refine(isSmtpUrl, 'must be smtp://… or smtps://… with a host'),
});

const settings = z.strictObject({
  /** One address, or several with commas. */
  to: z
    .union([z.string(), z.array(z.string()).max(20)])
    .transform((value) => (typeof value === 'string' ? value.split(',') : value).map((text) => text.trim()))
    .pipe(z.array(addressField).min(1).max(20)),
  /** The sender; absent = the user of smtp_url where that is an address. */
  from: addressField.optional(),
  push: z.boolean().optional(),
});

type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

/** A mailbox: each lead is a mail, in text and HTML; nothing comes back. */
export const email = defineCrm({
  id: 'email',
  name: 'E-mail',
  base: null,
  credentials,
  settings,
  webhooks: null,
  pushesLeads: (given) => given.push ?? true,
  buildPush: ({ lead, progress }, access) =>
    progress.done.includes('mail') ? { kind: 'done' } : mailStep(buildMail(access, buildLeadLetter(lead))),
  readPush: (step, _response, { push }) => addStep(push.progress, step, {}),
  verifyWebhook: () => ({ kind: 'refused', reason: 'a mailbox sends no webhooks' }),
  readWebhook: (raw) => [ignore(raw, 'a mailbox sends no webhooks')],
  test: {
    build: (access) => mailStep(buildMail(access, buildTestLetter(access.now))),
    read: () => ({ kind: 'good' }),
  },
  token: null,
  lookup: null,
  poll: null,
  secrets: null,
});

const mailStep = (mail: Mail): PushStep => ({ kind: 'mail', name: 'mail', mail });

interface Letter {
  readonly id: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly rows: readonly (readonly [string, string])[];
}

function buildMail(access: Access, letter: Letter): Mail {
  const { smtp_url: smtpUrl } = access.credentials;
  const host = URL.parse(access.publicUrl)?.hostname ?? 'localhost';
  return {
    smtpUrl,
    from: access.settings.from ?? readEmail(readSmtpUser(smtpUrl)) ?? `rastro@${host}`,
    to: access.settings.to,
    replyTo: letter.replyTo,
    subject: letter.subject,
    text: letter.rows.map(([label, value]) => `${label}: ${indent(value)}`).join('\n'),
    html: buildHtml(letter),
    messageId: `<${letter.id}.${access.connectionId}@${host}>`,
  };
}

function buildTestLetter(now: number): Letter {
  const rows = [
    ['Rastro', 'Este é um teste: os leads chegarão aqui. / This is a test: leads will arrive here.'],
  ];
  return {
    id: `test.${now}`,
    replyTo: null,
    subject: 'Rastro: teste / test',
    rows: rows.map(([label = '', value = '']) => [label, value] as const),
  };
}

function buildLeadLetter(lead: CrmLead): Letter {
  const { utm } = lead;
  const origin = [utm.source, utm.medium, utm.campaign].filter((part) => part !== null).join(' / ');
  const rows: readonly (readonly [string, string | null])[] = [
    ['Nome / Name', lead.name],
    ['E-mail', lead.email],
    ['Telefone / Phone', lead.phone],
    ['Empresa / Company', lead.company],
    ['Mensagem / Message', lead.message],
    ['Formulário / Form', lead.formLocation],
    ['Página / Page', lead.pageUrl],
    ['Origem / Origin', origin === '' ? null : origin],
    ['Pontos / Score', lead.score === null ? null : String(lead.score)],
    ...Object.entries(lead.extensions).map(([key, value]) => [key, readValue(value)] as const),
    ['Lead', lead.leadId],
    ['Data / Date', lead.createdAt.toISOString()],
  ];
  return {
    id: `lead.${lead.leadId}`,
    replyTo: lead.email === null ? null : readEmail(lead.email),
    subject: oneLine(`Novo lead / New lead: ${lead.name ?? lead.company ?? lead.domain ?? lead.leadId}`),
    rows: rows.flatMap(([label, value]) => (value === null ? [] : [[oneLine(label), value] as const])),
  };
}

const readValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a person types must not look like a row of ours. */
const indent = (value: string): string => value.replace(/\r\n|[\r\n\u2028\u2029]/g, '\n    ');

/** A line break in a header would begin another header. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => HTML[character] ?? '');

function buildHtml({ rows }: Letter): string {
  const lines = rows.map(
    ([label, value]) =>
      `<tr><th align="left" valign="top" style="padding:4px 16px 4px 0">${escapeHtml(label)}</th>` +
      `<td style="padding:4px 0;white-space:pre-wrap">${escapeHtml(value)}</td></tr>`,
  );
  return `<!doctype html><html><body style="font-family:sans-serif"><table>${lines.join('')}</table></body></html>`;
}
