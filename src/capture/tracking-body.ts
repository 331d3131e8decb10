import type { ConsentFact, CookiesFact } from '../domain/facts.ts';
import { readFbc, readFbp } from '../domain/fbc.ts';
import { isTrackingToken } from '../domain/ids.ts';

/** A field of a posted body that is not what it must be. */
export interface BodyError {
  readonly path: string;
  readonly message: string;
}

/** What a posted body says, or what is wrong with it. */
export type BodyResult<Fact> =
  | { readonly kind: 'fact'; readonly fact: Fact }
  /** In order, and nothing in it to keep. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'bad'; readonly errors: readonly BodyError[] };

const FBI = /^[\x21-\x7e]{1,100}$/;
const PAGE_TYPE = /^[\w-]{1,50}$/;

const TOKEN_ERROR: BodyError = { path: 'tracking_token', message: 'Must be 32 lower-case hex digits.' };

const COOKIES = {
  _fbp: (value: string) => readFbp(value) !== null,
  _fbc: (value: string) => readFbc(value) !== null,
  _fbi: (value: string) => FBI.test(value),
} as const;

type CookieName = keyof typeof COOKIES;

/** Reads the cookies that a page found after it loaded; a cookie that is null or empty counts as absent. */
export function readCookiesBody(body: unknown, at: number): BodyResult<CookiesFact> {
  if (!isRecord(body)) return { kind: 'bad', errors: [NOT_AN_OBJECT] };
  const { tracking_token: token, page_type: pageType } = body;
  const errors = [...cookieErrors(body), ...pageTypeErrors(pageType)];
  if (!isTrackingToken(token)) return { kind: 'bad', errors: [TOKEN_ERROR, ...errors] };
  if (errors.length > 0) return { kind: 'bad', errors };
  const fbp = readCookie(body, '_fbp');
  const fbc = readCookie(body, '_fbc');
  const fbi = readCookie(body, '_fbi');
  if (fbp === null && fbc === null && fbi === null) return { kind: 'nothing' };
  const fact: CookiesFact = {
    kind: 'cookies',
    at,
    token,
    fbp,
    fbc,
    fbi,
    pageType: typeof pageType === 'string' && pageType !== '' ? pageType : null,
  };
  return { kind: 'fact', fact };
}

/** Reads a person's choice about ads. */
export function readConsentBody(body: unknown, at: number): BodyResult<ConsentFact> {
  if (!isRecord(body)) return { kind: 'bad', errors: [NOT_AN_OBJECT] };
  const { tracking_token: token, ads } = body;
  const isChoice = ads === 'granted' || ads === 'denied';
  const errors = isChoice ? [] : [{ path: 'ads', message: 'Must be granted or denied.' }];
  if (!isTrackingToken(token)) return { kind: 'bad', errors: [TOKEN_ERROR, ...errors] };
  if (!isChoice) return { kind: 'bad', errors };
  return { kind: 'fact', fact: { kind: 'consent', at, token, ads } };
}

/** A body as a beacon sends it: JSON as plain text. Null where it is no JSON. */
export function readTextBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const NOT_AN_OBJECT: BodyError = { path: '', message: 'Must be a JSON object.' };

type Body = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

function readCookie(body: Body, name: CookieName): string | null {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function cookieErrors(body: Body): BodyError[] {
  const bad = Object.entries(COOKIES).filter(([name, isWellFormed]) => {
    const value = body[name];
    return !isAbsent(value) && !(typeof value === 'string' && isWellFormed(value));
  });
  return bad.map(([path]) => ({ path, message: 'Is not a cookie of this name as Meta writes it.' }));
}

function pageTypeErrors(pageType: unknown): BodyError[] {
  const isFine = isAbsent(pageType) || (typeof pageType === 'string' && PAGE_TYPE.test(pageType));
  return isFine
    ? []
    : [{ path: 'page_type', message: 'Must be a word of at most 50 letters, digits, _ or -.' }];
}
