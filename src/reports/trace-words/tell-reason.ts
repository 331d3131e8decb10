import type { BotRule } from '../../domain/bot-score.ts';
import type { FraudRule } from '../../domain/fraud-score.ts';
import { type TraceLanguage, type Words, wordOf } from './hop-texts.ts';
import { PORTUGUESE_WORDS } from './portuguese-words.ts';
import { REASONS_OF_CRMS } from './reasons-of-crms.ts';
import { REASONS_OF_PAYMENTS } from './reasons-of-payments.ts';
import { REASONS_OF_PLATFORMS } from './reasons-of-platforms.ts';
import { REASONS_OF_SENDING, type ReasonPair } from './reasons-of-sending.ts';
import { count } from './sentences.ts';

/** Every reason of our own; of two that fit, the one that stands before. */
export const REASONS: readonly ReasonPair[] = [
  ...REASONS_OF_SENDING,
  ...REASONS_OF_PLATFORMS,
  ...REASONS_OF_PAYMENTS,
  ...REASONS_OF_CRMS,
];

/** A reason from the database in a language: our own in its words, a vendor's as it said it, in quotes. */
export function tellReason(reason: string, language: TraceLanguage): string {
  return findOwnReason(reason, language) ?? (language === 'en' ? reason : quoteWhole(reason));
}

/** A reason that is our own in a language; null for a vendor's words. */
export function findOwnReason(reason: string, language: TraceLanguage): string | null {
  for (const { pattern, portuguese } of KNOWN) {
    const slots = pattern.exec(reason);
    if (slots) return language === 'en' ? reason : fill(portuguese, slots.groups ?? {});
  }
  return null;
}

const SLOT = /\{(\w+)(?: (\p{L}+) (\p{L}+))?\}/gu;
const IS_NUMBER = /^n\d?$/;

const KNOWN = REASONS.map(([english, portuguese]) => ({ pattern: buildPattern(english), portuguese }));

function buildPattern(english: string): RegExp {
  const parts = english.split(/\{(\w+)\}/);
  const source = parts.map((part, at) =>
    at % 2 === 0 ? part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : buildSlot(part),
  );
  return new RegExp(`^${source.join('')}$`, 's');
}

function buildSlot(name: string): string {
  if (IS_NUMBER.test(name)) return `(?<${name}>\\d+)`;
  if (name === 'code') return '(?<code>[^():]+)';
  return name === 'fields' ? '(?<fields>[\\w.-]+(?:, [\\w.-]+)*)' : `(?<${name}>.+?)`;
}

/** `{n dia dias}` is a number with its noun. */
function fill(portuguese: string, slots: Readonly<Record<string, string>>): string {
  return portuguese.replace(SLOT, (_slot, name: string, one?: string, many?: string) => {
    const value = slots[name] ?? '';
    if (one !== undefined && many !== undefined) return count(Number(value), one, many);
    return (FILLERS[name] ?? String)(value);
  });
}

/** What becomes of what is put in, by the slot's name; all else stays as it is. */
const FILLERS: Readonly<Record<string, (value: string) => string>> = {
  reason: (reason) => tellReason(reason, 'pt'),
  words: (words) => quoteWhole(words),
  status: (status) => wordOf(PORTUGUESE_WORDS.payment.statuses, status),
  noun: (noun) => wordOf(NOUNS, noun),
  scores: (scores) => tellScores(scores),
};

const NOUNS: Words<string> = {
  visits: 'visitas',
  events: 'eventos',
  retry: 'será consultado de novo',
  unauthorized: 'credenciais recusadas',
  missing: 'cobrança não encontrada',
  timeout: 'tempo esgotado',
  blocked: 'endereço bloqueado',
  network: 'rede',
  too_large: 'resposta grande demais',
};

const RULES: Words<BotRule | FraudRule> = {
  bot_declared: 'marcado como robô',
  bot_ip_burst: 'muita gente no mesmo endereço',
  bot_fast_start: 'start rápido demais',
  bot_datacenter: 'endereço de data center',
  fraud_country: 'país inesperado',
  fraud_no_click_id: 'sem id de clique',
  fraud_night: 'de madrugada',
  fraud_bot: 'marcado como robô',
};

const tellScores = (scores: string): string =>
  scores
    .replace(/\bbot score\b/g, 'pontuação de robô')
    .replace(/\bfraud score\b/g, 'pontuação de fraude')
    .replace(/\b(?:bot|fraud)_\w+/g, (rule) => wordOf(RULES, rule));

const quoteWhole = (words: string): string => `“${words.replace(/\s+/g, ' ')}”`;
