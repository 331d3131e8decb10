import type { z } from 'zod';
import type { Conversion, ConversionName, MatchKeys } from '../domain/conversion.ts';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { BatchOutcome, Skip } from '../domain/outcome.ts';

/** One event in the platform's own words: plain JSON, personal data already hashed as the platform asks. */
export type PlatformEvent = Readonly<Record<string, unknown>>;

/** A destination with its credentials and settings validated, as the platform's own code sees it. */
export interface Account<C, S> {
  readonly credentials: C;
  readonly settings: S;
  /** Base URL of the service, without a trailing slash. */
  readonly baseUrl: string;
}

/** Everything the program knows of an ad platform; its folder exports one of these and nothing else. Pure. */
export interface PlatformDefinition<C, S> {
  /** Name in the API and the database: `meta`. */
  readonly id: string;
  /** Name for people: `Meta`. */
  readonly name: string;
  /** The identifiers that tell that a click came from this platform. */
  readonly clickIds: readonly (keyof MatchKeys)[];
  /** Write-only; both draw the dashboard's form, check the API's input and give the types here. */
  readonly credentials: z.ZodType<C>;
  readonly settings: z.ZodType<S>;
  /** Which base URL of the configuration it talks to: `META_GRAPH_URL`. */
  readonly base: string;
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number };
  /** How long after it happened the platform still takes such an event, in ms. */
  acceptanceMs(name: ConversionName): number;
  /** `now` in ms, for the platform's rules about time. */
  buildEvent(conversion: Conversion, account: Account<C, S>, now: number): PlatformEvent | Skip;
  buildRequest(events: readonly PlatformEvent[], account: Account<C, S>): HttpRequest;
  /** `count` = events that were in the request. */
  readResponse(response: HttpResponse, count: number): BatchOutcome;
  /** The event as it may be kept in the log: without a full IP address. */
  redact(event: PlatformEvent): PlatformEvent;
  /** One marked event that proves credentials and settings and can be mistaken for no sale. */
  buildTestRequest(account: Account<C, S>, now: number): HttpRequest;
}

/** A platform bound to one destination: the sender's view, which knows no vendor's types. */
export interface OpenedDestination {
  readonly kind: 'opened';
  buildEvent(conversion: Conversion, now: number): PlatformEvent | Skip;
  buildRequest(events: readonly PlatformEvent[]): HttpRequest;
  readResponse(response: HttpResponse, count: number): BatchOutcome;
  buildTestRequest(now: number): HttpRequest;
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
export interface Platform extends Pick<PlatformDefinition<unknown, unknown>, 'acceptanceMs' | 'redact'> {
  readonly id: string;
  readonly name: string;
  readonly clickIds: readonly (keyof MatchKeys)[];
  readonly credentials: z.ZodType;
  readonly settings: z.ZodType;
  readonly base: string;
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number };
  open(stored: StoredDestination, baseUrl: string): OpenedDestination | Misconfigured;
}

/** Closes a definition's own types in; `open` validates what is stored before the definition sees it. */
export function buildPlatform<C, S>(definition: PlatformDefinition<C, S>): Platform {
  const { id, name, clickIds, credentials, settings, base, limits } = definition;
  return {
    ...{ id, name, clickIds, credentials, settings, base, limits },
    acceptanceMs: (conversionName) => definition.acceptanceMs(conversionName),
    redact: (event) => definition.redact(event),
    open(stored, baseUrl) {
      const account = readAccount(definition, stored, baseUrl);
      return 'kind' in account ? account : bind(definition, account);
    },
  };
}

/** Whether a builder refused to build. */
export function isSkip(built: unknown): built is Skip {
  return typeof built === 'object' && built !== null && 'kind' in built && built.kind === 'skip';
}

function bind<C, S>(definition: PlatformDefinition<C, S>, account: Account<C, S>): OpenedDestination {
  return {
    kind: 'opened',
    buildEvent: (conversion, now) => definition.buildEvent(conversion, account, now),
    buildRequest: (events) => definition.buildRequest(events, account),
    readResponse: (response, count) => definition.readResponse(response, count),
    buildTestRequest: (now) => definition.buildTestRequest(account, now),
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
  return { credentials: credentials.data, settings: settings.data, baseUrl };
}

function buildMisconfigured(part: string, error: z.ZodError): Misconfigured {
  const fields = error.issues.map((issue) => [part, ...issue.path.map(String)].join('.'));
  return { kind: 'misconfigured', reason: `Wrong or missing: ${[...new Set(fields)].join(', ')}` };
}
