import type { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { StageName } from '../domain/lead-stages.ts';
import type { Skip } from '../domain/outcome.ts';

/** What an adapter may use of a connection. */
export interface CrmAccess<Credentials, Settings> {
  readonly connectionId: string;
  readonly credentials: Credentials;
  readonly settings: Settings;
  /** Where the vendor is reached, without a trailing slash; empty for a CRM that has no service of its own. */
  readonly baseUrl: string;
  /** Null for a CRM without OAuth, and while the token is being asked for. */
  readonly token: CrmToken | null;
  /** A secret of ours in the webhook address of CRMs that sign nothing. */
  readonly webhookKey: string;
  /** Our own address, without a trailing slash. */
  readonly publicUrl: string;
  /** Ms since the epoch; signatures carry it. */
  readonly now: number;
}

/** An OAuth access token, and where it is good. */
export interface CrmToken {
  readonly accessToken: string;
  /** Base URL of the customer's own instance; null where there is one for all. */
  readonly instanceUrl: string | null;
  readonly expiresInSeconds: number;
  /** A new refresh token that replaces ours; null if the old one stays good. */
  readonly refreshToken: string | null;
}

/** A captured lead as a CRM gets it, in the clear. Never log one. */
export interface CrmLead {
  readonly leadId: string;
  /** The site's own id of the lead. */
  readonly externalId: string | null;
  readonly name: string | null;
  readonly email: string | null;
  /** With `+` and the country where that is known, else as typed. */
  readonly phone: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly formLocation: string | null;
  readonly pageUrl: string | null;
  readonly domain: string | null;
  readonly score: number | null;
  readonly createdAt: Date;
  readonly utm: {
    readonly source: string | null;
    readonly medium: string | null;
    readonly campaign: string | null;
    readonly term: string | null;
    readonly content: string | null;
  };
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** How far the pushing of a lead has come; kept between attempts, so that nothing is made twice. */
export interface PushProgress {
  readonly contactId: string | null;
  readonly dealId: string | null;
  /** The stage in which we made the deal; its echo is no news. */
  readonly dealStage: StageName | null;
  /** Names of the steps that are over. */
  readonly done: readonly string[];
}

/** A lead on its way to a CRM. */
export interface Push {
  readonly lead: CrmLead;
  readonly progress: PushProgress;
  /** An earlier attempt may have been carried out although its answer was not heard. */
  readonly isRepeat: boolean;
}

/** A mail, for connections that are a mailbox. */
export interface Mail {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same for each attempt, so that a mailbox can drop the second copy. */
  readonly messageId: string;
}

/** What comes next for a lead. */
export type PushStep =
  | { readonly kind: 'request'; readonly name: string; readonly request: HttpRequest }
  | { readonly kind: 'mail'; readonly name: string; readonly mail: Mail }
  | { readonly kind: 'done' }
  | Skip;

/** Why a call brought nothing; the reason is the vendor's in short and holds no secret. */
export type CrmTrouble =
  | { readonly kind: 'retry'; readonly reason: string; readonly retryAfterMs: number | null }
  /** It will never be taken as it is. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Credentials or settings are refused: the connection pauses, its queue stays, the owner has to act. */
  | { readonly kind: 'unauthorized'; readonly reason: string };

/** What the answer to a step means. */
export type PushAnswer = { readonly kind: 'progress'; readonly progress: PushProgress } | CrmTrouble;

/** What the answer to the question for a token means. */
export type TokenAnswer = { readonly kind: 'token'; readonly token: CrmToken } | CrmTrouble;

/** A deal's stage in the CRM, and what it can be joined to a lead by. */
export interface DealChange {
  /** The CRM's own id of what has the stage: a deal, an opportunity, or a contact where there are no deals. */
  readonly dealId: string | null;
  readonly contactId: string | null;
  /** Our lead ids or the site's own ids, as the CRM gave them back. */
  readonly externalIds: readonly string[];
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly stage: StageName;
  /** As the CRM calls it. */
  readonly crmStage: string;
  readonly valueCents: number | null;
  /** ISO 4217; null = the workspace's. */
  readonly currency: string | null;
  /** When it happened; null if the CRM does not say. */
  readonly at: Date | null;
}

/** What a deal's present state is to us. */
export type DealReading =
  | { readonly kind: 'change'; readonly change: DealChange }
  | { readonly kind: 'ignored'; readonly reason: string };

/** One thing that a webhook says. `raw` reads alone as the same thing; `dedupeKey` is the CRM's id of the telling. */
export type WebhookReading = { readonly dedupeKey: string | null; readonly raw: string } & (
  | DealReading
  /** Something happened to a deal: it is asked for again before anything is believed. */
  | { readonly kind: 'hint'; readonly dealId: string; readonly at: Date | null }
);

/** A webhook as it came. */
export interface CrmWebhook {
  readonly method: string;
  /** Our public address with path and query exactly as requested; never built from Host headers. */
  readonly url: string;
  readonly rawBody: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Whether the CRM sent a webhook; `reason` is for the owner and holds no secret. */
export type WebhookVerdict =
  | { readonly kind: 'verified' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What the answer to the question for a deal means. */
export type DealAnswer =
  | { readonly kind: 'found'; readonly reading: DealReading }
  | { readonly kind: 'missing'; readonly reason: string }
  | CrmTrouble;

/** The addresses of a contact. */
export type ContactAnswer =
  | { readonly kind: 'found'; readonly emails: readonly string[]; readonly phones: readonly string[] }
  | { readonly kind: 'missing'; readonly reason: string }
  | CrmTrouble;

/** Which changes are asked for: from a moment on, page by page. */
export interface PollQuestion {
  readonly since: Date;
  /** The page's own mark, from the answer before. */
  readonly page: string | null;
}

/** One page of changed deals, oldest first. */
export type PollAnswer =
  | { readonly kind: 'page'; readonly readings: readonly DealReading[]; readonly next: string | null }
  | CrmTrouble;

/** Asks for a deal and for its contact. */
export interface CrmLookup<Access> {
  buildDeal(dealId: string, access: Access): HttpRequest;
  readDeal(response: HttpResponse, dealId: string, access: Access): DealAnswer;
  buildContact(contactId: string, access: Access): HttpRequest;
  readContact(response: HttpResponse, access: Access): ContactAnswer;
}

/** Asks for the deals that changed. */
export interface CrmPoll<Access> {
  /** Null = by night only, because webhooks tell the rest. */
  readonly everySeconds: number | null;
  build(question: PollQuestion, access: Access): HttpRequest;
  read(response: HttpResponse, access: Access): PollAnswer;
}

/** A call that proves the credentials and changes nothing, or one that is marked as a test. */
export interface CrmTest<Access> {
  build(access: Access): PushStep;
  /** `progress` = the credentials are good. */
  read(response: HttpResponse, access: Access): { readonly kind: 'good' } | CrmTrouble;
}

/** A CRM: one value, pure; the connections room sends its requests and keeps what is owed. */
export interface CrmDefinition<Credentials, Settings> {
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  /** Variable with the vendor's base URL; null for addresses that the connection itself names. */
  readonly base:
    | 'HUBSPOT_API_URL'
    | 'PIPEDRIVE_API_URL'
    | 'SALESFORCE_LOGIN_URL'
    | 'RDSTATION_API_URL'
    | null;
  readonly credentials: z.ZodType<Credentials>;
  readonly settings: z.ZodType<Settings>;
  /** How webhooks prove where they come from; null if there are none. */
  readonly webhooks: 'signed' | 'key in the address' | null;
  /** Whether leads go there. */
  pushesLeads(settings: Settings): boolean;
  buildPush(push: Push, access: CrmAccess<Credentials, Settings>): PushStep;
  readPush(
    step: string,
    response: HttpResponse,
    context: { readonly push: Push; readonly access: CrmAccess<Credentials, Settings> },
  ): PushAnswer;
  verifyWebhook(webhook: CrmWebhook, access: CrmAccess<Credentials, Settings>): WebhookVerdict;
  /** At least one reading, whatever the bytes are. */
  readWebhook(raw: string, access: CrmAccess<Credentials, Settings>): readonly WebhookReading[];
  readonly test: CrmTest<CrmAccess<Credentials, Settings>>;
  readonly token: {
    build(access: CrmAccess<Credentials, Settings>): HttpRequest;
    read(response: HttpResponse, access: CrmAccess<Credentials, Settings>): TokenAnswer;
  } | null;
  readonly lookup: CrmLookup<CrmAccess<Credentials, Settings>> | null;
  readonly poll: CrmPoll<CrmAccess<Credentials, Settings>> | null;
  /** Secrets that we make: the first one, and one more beside an old one that stays good until `until`. Null where the vendor makes them. */
  readonly secrets: {
    make(): { readonly credentials: Credentials; readonly secret: string };
    rotate(
      credentials: Credentials,
      until: Date,
    ): { readonly credentials: Credentials; readonly secret: string };
  } | null;
}

/** The untyped access that the room hands in. */
export type AnyAccess = CrmAccess<unknown, unknown>;

/** A CRM whose types are closed in, so that all stand in one list. */
export interface Crm {
  readonly id: string;
  readonly name: string;
  readonly base: CrmDefinition<unknown, unknown>['base'];
  readonly credentials: z.ZodType;
  readonly settings: z.ZodType;
  readonly webhooks: CrmDefinition<unknown, unknown>['webhooks'];
  readonly hasToken: boolean;
  readonly hasLookup: boolean;
  /** Null if deals cannot be listed by the time of their change. */
  readonly poll: { readonly everySeconds: number | null } | null;
  pushesLeads(settings: unknown): boolean;
  open(access: AnyAccess): CrmOpening;
  /** Null where the vendor makes the secrets, as for `rotate`. */
  makeCredentials(): { readonly credentials: unknown; readonly secret: string } | null;
  rotate(
    credentials: unknown,
    until: Date,
  ): { readonly credentials: unknown; readonly secret: string } | null;
}

/** One connection's side of a CRM: what it is configured with is checked and held. */
export interface CrmClient {
  buildPush(push: Push): PushStep;
  readPush(step: string, response: HttpResponse, push: Push): PushAnswer;
  verifyWebhook(webhook: CrmWebhook): WebhookVerdict;
  readWebhook(raw: string): readonly WebhookReading[];
  buildTest(): PushStep;
  readTest(response: HttpResponse): { readonly kind: 'good' } | CrmTrouble;
  buildToken(): HttpRequest | null;
  readToken(response: HttpResponse): TokenAnswer;
  buildDeal(dealId: string): HttpRequest | null;
  readDeal(response: HttpResponse, dealId: string): DealAnswer;
  buildContact(contactId: string): HttpRequest | null;
  readContact(response: HttpResponse): ContactAnswer;
  buildPoll(question: PollQuestion): HttpRequest | null;
  readPoll(response: HttpResponse): PollAnswer;
}

/** A client, or what is wrong with the stored credentials or settings (names of fields, never values). */
export type CrmOpening =
  | { readonly kind: 'open'; readonly client: CrmClient }
  | { readonly kind: 'invalid'; readonly reason: string };
