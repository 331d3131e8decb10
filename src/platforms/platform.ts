import type { z } from 'zod';
import type { Conversion, ConversionAction, ConversionName, MatchKeys } from '../domain/conversion.ts';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { BatchOutcome, Outcome, Retry, Skip, Unauthorized } from '../domain/outcome.ts';
import type { Windows } from './windows.ts';

/** One event in the platform's own words: plain JSON, personal data already hashed as the platform asks. */
export type PlatformEvent = Readonly<Record<string, unknown>>;

/** A destination with its credentials and settings validated, as the platform's own code sees it. */
export interface Account<C, S> {
  readonly credentials: C;
  readonly settings: S;
  /** Base URL of the service, without a trailing slash. */
  readonly baseUrl: string;
  /** Of a platform with `token`; null at all others. */
  readonly accessToken: string | null;
}

/** What a token endpoint's answer means. */
export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string; readonly expiresInMs: number }
  | Retry
  | Unauthorized;

/** How a platform's short-lived access token is had. */
export interface TokenAccess<C> {
  /** Which base URL of the configuration gives it: `GOOGLE_OAUTH_URL`. */
  readonly base: string;
  buildRequest(credentials: C, baseUrl: string): HttpRequest;
  readResponse(response: HttpResponse): TokenAnswer;
}

/** What is said of a request that a platform worked on; `resend` = it failed there through no fault of the event. */
export type LaterOutcome = Outcome | { readonly kind: 'resend'; readonly reason: string };

/** How a platform that answers later is asked what became of a request. */
export interface LaterAnswer<C, S> {
  buildRequest(requestId: string, account: Account<C, S>): HttpRequest;
  readResponse(response: HttpResponse, requestId: string): LaterOutcome;
}

/** Something of a destination that ends on a day, such as an API version. */
export interface Expiry {
  readonly what: string;
  readonly at: Date;
  readonly fix: string;
}

/** Everything the program knows of an ad platform; its folder exports one of these and nothing else. Pure. */
export interface PlatformDefinition<C, S> {
  /** Name in the API and the database: `meta`. */
  readonly id: string;
  /** Name for people: `Meta`. */
  readonly name: string;
  /** The identifiers that tell that a click came from this platform. */
  readonly clickIds: readonly (keyof MatchKeys)[];
  /** The conversions that it is told of. */
  readonly takes: readonly ConversionName[];
  /** Write-only; both draw the dashboard's form, check the API's input and give the types here. */
  readonly credentials: z.ZodType<C>;
  readonly settings: z.ZodType<S>;
  /** Which base URL of the configuration it talks to: `META_GRAPH_URL`. */
  readonly base: string;
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number };
  readonly token?: TokenAccess<C>;
  readonly later?: LaterAnswer<C, S>;
  /** Settings are null where they could not be read: then its usual windows. */
  windows(
    told: { readonly name: ConversionName; readonly action: ConversionAction },
    settings: S | null,
  ): Windows;
  /** `now` in ms, for the platform's rules about time. */
  buildEvent(conversion: Conversion, account: Account<C, S>, now: number): PlatformEvent | Skip;
  buildRequest(events: readonly PlatformEvent[], account: Account<C, S>): HttpRequest;
  /** `count` = events that were in the request. */
  readResponse(response: HttpResponse, count: number): BatchOutcome;
  /** The event as it may be kept in the log: without a full IP address, a name, an e-mail or a phone in clear. */
  redact(event: PlatformEvent): PlatformEvent;
  /** One marked event that proves credentials and settings and can be mistaken for no sale. */
  buildTestRequest(account: Account<C, S>, now: number): HttpRequest;
  /** Where the test's answer is another than that of an event. */
  readTestResponse?(response: HttpResponse): Outcome;
  /** What of these settings ends on a day. */
  findExpiry?(settings: S): Expiry | null;
}

/** A platform's token endpoint, bound to one destination. */
export interface OpenedToken {
  buildRequest(): HttpRequest;
  readResponse(response: HttpResponse): TokenAnswer;
}

/** A platform bound to one destination: the sender's view, which knows no vendor's types. */
export interface OpenedDestination {
  readonly kind: 'opened';
  /** Null where the credentials themselves open the door. */
  readonly token: OpenedToken | null;
  buildEvent(conversion: Conversion, now: number): PlatformEvent | Skip;
  buildRequest(events: readonly PlatformEvent[], accessToken: string | null): HttpRequest;
  readResponse(response: HttpResponse, count: number): BatchOutcome;
  /** Null at a platform that answers at once. */
  buildStatusRequest(requestId: string, accessToken: string | null): HttpRequest | null;
  readStatusResponse(response: HttpResponse, requestId: string): LaterOutcome;
  buildTestRequest(now: number, accessToken: string | null): HttpRequest;
  readTestResponse(response: HttpResponse): Outcome;
}

/** What is wrong with a destination's credentials or settings: paths and words, never values. */
export interface Misconfigured {
  readonly kind: 'misconfigured';
  readonly reason: string;
}

/** Credentials and settings of a destination as stored, not yet validated. */
export interface StoredDestination {
  readonly credentials: unknown;
  readonly settings: unknown;
}

/** A platform with its own types closed in, so that all platforms stand in one list. */
export interface Platform {
  readonly id: string;
  readonly name: string;
  readonly clickIds: readonly (keyof MatchKeys)[];
  readonly takes: readonly ConversionName[];
  readonly credentials: z.ZodType;
  readonly settings: z.ZodType;
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number };
  redact(event: PlatformEvent): PlatformEvent;
  windows(
    told: { readonly name: ConversionName; readonly action: ConversionAction },
    settings: unknown,
  ): Windows;
  findExpiry(settings: unknown): Expiry | null;
  /** `baseUrlOf` gives the base URL of a configuration name. */
  open(stored: StoredDestination, baseUrlOf: (name: string) => string): OpenedDestination | Misconfigured;
}

/** Closes a definition's own types in; `open` validates what is stored before the definition sees it. */
export function buildPlatform<C, S>(definition: PlatformDefinition<C, S>): Platform {
  const { id, name, clickIds, takes, credentials, settings, limits } = definition;
  const readSettings = (stored: unknown): S | null => settings.safeParse(stored).data ?? null;
  return {
    ...{ id, name, clickIds, takes, credentials, settings, limits },
    redact: (event) => definition.redact(event),
    windows: (told, stored) => definition.windows(told, readSettings(stored)),
    findExpiry(stored) {
      const read = readSettings(stored);
      return read === null ? null : (definition.findExpiry?.(read) ?? null);
    },
    open(stored, baseUrlOf) {
      const account = readAccount(definition, stored, baseUrlOf(definition.base));
      return 'kind' in account ? account : bind(definition, account, baseUrlOf);
    },
  };
}

/** Whether a builder refused to build. */
export function isSkip(built: unknown): built is Skip {
  return typeof built === 'object' && built !== null && 'kind' in built && built.kind === 'skip';
}

function bind<C, S>(
  definition: PlatformDefinition<C, S>,
  account: Account<C, S>,
  baseUrlOf: (name: string) => string,
): OpenedDestination {
  const withToken = (accessToken: string | null) => ({ ...account, accessToken });
  const readFirst = (response: HttpResponse): Outcome => {
    const answer = definition.readResponse(response, 1);
    const outcome = answer.scope === 'all' ? answer.outcome : answer.outcomes[0];
    return outcome ?? { kind: 'rejected', reason: 'the answer does not mention the event' };
  };
  return {
    kind: 'opened',
    token: bindToken(definition, account.credentials, baseUrlOf),
    buildEvent: (conversion, now) => definition.buildEvent(conversion, account, now),
    buildRequest: (events, accessToken) => definition.buildRequest(events, withToken(accessToken)),
    readResponse: (response, count) => definition.readResponse(response, count),
    buildStatusRequest: (requestId, accessToken) =>
      definition.later?.buildRequest(requestId, withToken(accessToken)) ?? null,
    readStatusResponse: (response, requestId) =>
      definition.later?.readResponse(response, requestId) ?? {
        kind: 'rejected',
        reason: 'this platform answers nothing later',
      },
    buildTestRequest: (now, accessToken) => definition.buildTestRequest(withToken(accessToken), now),
    readTestResponse: (response) => (definition.readTestResponse ?? readFirst)(response),
  };
}

function bindToken<C, S>(
  { token }: PlatformDefinition<C, S>,
  credentials: C,
  baseUrlOf: (name: string) => string,
): OpenedToken | null {
  if (!token) return null;
  const baseUrl = baseUrlOf(token.base);
  return {
    buildRequest: () => token.buildRequest(credentials, baseUrl),
    readResponse: (response) => token.readResponse(response),
  };
}

function readAccount<C, S>(
  definition: PlatformDefinition<C, S>,
  stored: StoredDestination,
  baseUrl: string,
): Account<C, S> | Misconfigured {
  const credentials = definition.credentials.safeParse(stored.credentials);
  if (!credentials.success) return buildMisconfigured('credentials', credentials.error);
  const settings = definition.settings.safeParse(stored.settings);
  if (!settings.success) return buildMisconfigured('settings', settings.error);
  return { credentials: credentials.data, settings: settings.data, baseUrl, accessToken: null };
}

function buildMisconfigured(part: string, error: z.ZodError): Misconfigured {
  const fields = error.issues.map((issue) => [part, ...issue.path.map(String)].join('.'));
  return { kind: 'misconfigured', reason: `Wrong or missing: ${[...new Set(fields)].join(', ')}` };
}
