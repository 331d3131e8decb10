import { isIP } from 'node:net';
import type { Logger } from './logger.ts';
import { type AddressGuard, BLOCKED_CODE, buildAddressGuard, buildGuardedLookup } from './outbound-guard.ts';

/** A mail to send; the address of the server holds its password. */
export interface OutgoingMail {
  /** `smtp://user:password@host:587` or `smtps://…:465`. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
}

/** What became of it; `detail` is fixed words and a code, never an address or the server's text. */
export type MailResult =
  | { readonly kind: 'sent'; readonly durationMs: number }
  | {
      readonly kind: 'failure';
      readonly failure: 'unauthorized' | 'refused' | 'passing' | 'blocked';
      readonly detail: string;
      readonly durationMs: number;
    };

/** The only way out of the program for mail. */
export interface Mailer {
  /** Never rejects. */
  send(mail: OutgoingMail, timeoutMs: number): Promise<MailResult>;
}

const MAIL_PORTS = new Set([25, 465, 587, 2525]);

/** Opens the mailer; `allowPrivate` = CIDRs that servers may be in although they are not public. */
export function openMailer(options: {
  readonly allowPrivate: readonly string[];
  readonly logger: Logger;
}): Mailer {
  const guard = buildAddressGuard(options.allowPrivate);
  return {
    async send(mail, timeoutMs) {
      const startedAt = performance.now();
      const end = await deliver(mail, guard, timeoutMs);
      const durationMs = Math.round(performance.now() - startedAt);
      options.logger.debug({ result: end.kind === 'sent' ? 'sent' : end.detail, ms: durationMs }, 'mail');
      return { ...end, durationMs };
    },
  };
}

type MailEnd =
  | { readonly kind: 'sent' }
  | Omit<Extract<MailResult, { readonly kind: 'failure' }>, 'durationMs'>;

async function deliver(mail: OutgoingMail, guard: AddressGuard, timeoutMs: number): Promise<MailEnd> {
  const url = new URL(mail.smtpUrl);
  const secure = url.protocol === 'smtps:';
  const port = Number(url.port) || (secure ? 465 : 587);
  try {
    const host = await resolve(url.hostname.replace(/^\[|\]$/g, ''), guard, !MAIL_PORTS.has(port));
    const user = decodeURIComponent(url.username);
    const isInside = guard.mayReach(host, true);
    // Loaded with the first mail: most servers send none, and it takes 5 MB.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      // The address that was checked is the one that is called; the name is for the certificate alone.
      host,
      port,
      secure,
      tls: { servername: url.hostname },
      requireTLS: user !== '' && !isInside,
      ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await transport.sendMail(buildMessage(mail));
    } finally {
      transport.close();
    }
    return { kind: 'sent' };
  } catch (error) {
    return readFailure(error);
  }
}

const buildMessage = (mail: OutgoingMail) => ({
  from: mail.from,
  to: [...mail.to],
  ...(mail.replyTo === null ? {} : { replyTo: mail.replyTo }),
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  messageId: mail.messageId,
});

/** The first address of a name that may be reached. */
function resolve(host: string, guard: AddressGuard, exceptionsOnly: boolean): Promise<string> {
  const blocked = Object.assign(new Error('address not allowed'), { code: BLOCKED_CODE });
  if (isIP(host) !== 0) return guard.mayReach(host, true) ? Promise.resolve(host) : Promise.reject(blocked);
  const lookup = buildGuardedLookup(guard, exceptionsOnly);
  return new Promise((done, fail) => {
    lookup(host, {}, (error, address) => {
      if (error) fail(error);
      else if (typeof address === 'string') done(address);
      else fail(blocked);
    });
  });
}

/** A server's text may quote the mail; only its code is passed on. */
function readFailure(error: unknown): MailEnd {
  const code = readMember(error, 'code');
  const status = Number(readMember(error, 'responseCode'));
  const failure = (kind: 'unauthorized' | 'refused' | 'passing' | 'blocked', detail: string): MailEnd => ({
    kind: 'failure',
    failure: kind,
    detail,
  });
  if (code === BLOCKED_CODE) return failure('blocked', 'the mail server’s address is private or not allowed');
  if (code === 'EAUTH' || status === 530 || status === 535) {
    return failure('unauthorized', `the mail server refuses user and password (${status || code})`);
  }
  if (status >= 500) return failure('refused', `the mail server refuses the mail (${status})`);
  return failure('passing', `the mail server did not take the mail (${status || code || 'no connection'})`);
}

function readMember(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Object.entries(error).find(([key]) => key === name)?.[1];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
