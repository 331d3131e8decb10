import type { RecipientState } from '../../broadcasts/broadcast-row.ts';
import type { BotReason } from '../../domain/bot-verdict.ts';
import type { Consent, ConversionName } from '../../domain/conversion.ts';
import type { StageName } from '../../domain/lead-stages.ts';
import type { PaymentStatus } from '../../domain/payment-status.ts';
import type { StartOutcome } from '../../domain/start-outcome.ts';
import type { PaymentCause } from '../../payments/payment-events.ts';

/** The languages in which a trace explains itself. */
export type TraceLanguage = 'pt' | 'en';

/** Words by what stands in the database. */
export type Words<Key extends string> = Readonly<Record<Key, string>>;

/** Why a person did not get a broadcast; the words stand in `broadcast_recipients.reason`. */
export type BroadcastReason =
  | 'opted_out'
  | 'blocked'
  | 'bot'
  | 'suspicious'
  | 'campaign'
  | 'stopped'
  | 'erased'
  | 'no_chat'
  | 'refused'
  | 'bot_off'
  | 'telegram_away'
  | 'no_answer'
  | 'lost'
  | 'fault'
  | 'wait'
  | 'unauthorized';

/** What there is to say of clicks, cookies and consent. */
export interface ClickTexts {
  readonly clicked: (pool: string | null, bot: string | null, isDirect: boolean) => string;
  readonly marks: (list: string) => string;
  readonly noMarks: string;
  readonly fbc: Words<'none' | 'generated' | 'cookie'>;
  readonly missing: Words<'address' | 'userAgent' | 'both'>;
  readonly isProgram: (reasons: string) => string;
  readonly botReasons: Words<BotReason>;
  readonly consent: (state: string) => string;
  readonly consents: Words<Consent>;
  readonly cookies: (list: string) => string;
  readonly newFbp: string;
  readonly chosen: Words<'granted' | 'denied'>;
}

/** What there is to say of /starts and broadcasts. */
export interface BotTexts {
  readonly started: (telegramUserId: string, username: string) => string;
  readonly outcomes: Words<StartOutcome>;
  readonly otherOutcome: (outcome: string) => string;
  readonly payload: (quoted: string) => string;
  readonly broadcast: (quotedName: string, username: string) => string;
  readonly states: Words<Exclude<RecipientState, 'due' | 'sending'>>;
  readonly reason: (reason: string) => string;
  readonly reasons: Words<BroadcastReason>;
  readonly telegram: (quoted: string) => string;
}

/** What there is to say of charges and payments. */
export interface PaymentTexts {
  readonly charge: (charge: {
    readonly price: string;
    readonly product: string;
    readonly gateway: string;
  }) => string;
  readonly failure: (reason: string) => string;
  readonly attributed: string;
  readonly notAttributed: string;
  readonly pageOpened: string;
  readonly changed: (from: string | null, to: string, cause: string) => string;
  readonly noted: (cause: string) => string;
  readonly statuses: Words<PaymentStatus>;
  readonly causes: Words<PaymentCause>;
}

/** What there is to say of leads, their touches, their stages and the CRMs. */
export interface LeadTexts {
  readonly came: (quotedForm: string | null) => string;
  readonly noVisit: string;
  readonly after: (seconds: string) => string;
  readonly score: (score: number) => string;
  readonly samePerson: (leadId: string) => string;
  readonly touch: (list: string) => string;
  readonly noTouch: string;
  readonly original: string;
  readonly stage: (stage: string, value: string | null) => string;
  readonly stages: Words<StageName>;
  readonly toldBy: (who: string) => string;
  readonly byImport: string;
  readonly stageReason: (quoted: string) => string;
  readonly crm: (crm: { readonly name: string; readonly isPush: boolean; readonly status: string }) => string;
  readonly crmStatuses: Words<'due' | 'success' | 'ignored' | 'failed'>;
  readonly repeats: (count: number) => string;
}

/** An attempt to deliver, as it is told. */
export interface ToldAttempt {
  readonly attempt: number;
  readonly platform: string;
  readonly result: 'taken' | 'accepted' | 'refused';
  /** Null where none was given. */
  readonly reason: string | null;
  /** Null where there was no answer. */
  readonly httpStatus: number | null;
  readonly reference: string | null;
}

/** What there is to say of events and their deliveries. */
export interface ConversionTexts {
  readonly event: (name: string, value: string | null) => string;
  readonly events: Words<ConversionName>;
  readonly waitsForConsent: string;
  readonly held: (until: string, reason: string | null) => string;
  readonly outcome: (reason: string) => string;
  readonly goesTo: (destinations: number) => string;
  readonly due: (platform: string, next: string, reason: string | null) => string;
  readonly settled: (platform: string, state: string, reason: string | null) => string;
  readonly states: Words<'sent' | 'failed' | 'skipped'>;
  readonly note: (platform: string, note: string | null) => string;
  readonly attempt: (told: ToldAttempt) => string;
}

/** Every sentence of a trace. Quotes and values come in as they are to stand there. */
export interface HopTexts {
  readonly language: TraceLanguage;
  readonly click: ClickTexts;
  readonly bot: BotTexts;
  readonly payment: PaymentTexts;
  readonly lead: LeadTexts;
  readonly conversion: ConversionTexts;
  /** An amount of money, from its decimal string. */
  readonly money: (amount: string, currency: string | null) => string;
}

/** The word of a database's value; the value itself where there is none. */
export const wordOf = (words: Words<string>, value: string): string =>
  Object.hasOwn(words, value) ? (words[value] ?? value) : value;
