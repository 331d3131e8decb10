import { ENGLISH_WORDS } from './english-words.ts';
import type { HopTexts } from './hop-texts.ts';
import { beginSentence, count, endSentence } from './sentences.ts';

const { click, bot, payment, lead, conversion } = ENGLISH_WORDS;
const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);

/** The sentences of a trace in English. */
export const ENGLISH: HopTexts = {
  language: 'en',
  click: {
    ...click,
    clicked: (pool, name, isDirect) => {
      const served = isDirect ? 'sent straight to' : 'shown the bridge page, with a button to';
      const where = pool === null ? 'a pool that is gone' : `pool ${pool}`;
      return `A visitor clicked an ad of ${where} and was ${served} ${name === null ? 'a bot that is gone' : `@${name}`}.`;
    },
    marks: (list) => `The link carried ${list}.`,
    isProgram: (reasons) => `It looks like a program, not a person (${reasons}).`,
    consent: (state) => `Consent to ads: ${state}.`,
    cookies: (list) => `The page told the browser’s cookies; the click holds now: ${list}.`,
  },
  bot: {
    ...bot,
    started: (user, username) => `Telegram user ${user} pressed Start in @${username}.`,
    otherOutcome: (outcome) => `Outcome: ${outcome}.`,
    payload: (quoted) => `The link carried ${quoted}.`,
    broadcast: (name, username) => `Broadcast ${name} in @${username}.`,
    reason: (reason) => `Why: ${reason}.`,
    telegram: (quoted) => `Telegram: ${quoted}.`,
  },
  payment: {
    ...payment,
    charge: ({ price, product, gateway }) => `Charge of ${price} for ${product} at ${gateway}.`,
    failure: (reason) => `It could not be made: ${reason}.`,
    changed: (from, to, cause) => `${from ?? 'New'} → ${to} ${cause}.`,
    noted: (cause) => `Noted ${cause}.`,
  },
  lead: {
    ...lead,
    came: (form) => (form === null ? 'A lead came.' : `A lead came by the form ${form}.`),
    after: (seconds) => `${seconds} s after the visit began.`,
    score: (score) => `Score ${score}.`,
    samePerson: (leadId) => `The same person as lead ${leadId}.`,
    touch: (list) => `The visitor came with ${list}.`,
    stage: (stage, value) => `The lead became ${stage}${value === null ? '' : `, ${value}`}.`,
    toldBy: (who) => `Told by ${who}.`,
    stageReason: (quoted) => `Reason: ${quoted}.`,
    crm: ({ name, isPush, status }) =>
      `${name} ${isPush ? 'was told of the lead' : 'told us of the lead'}: ${status}.`,
    repeats: (repeats) => `, after ${count(repeats, 'repeat', 'repeats')}`,
  },
  conversion: {
    ...conversion,
    event: (name, value) => `Event ${name}${value === null ? '' : ` of ${value}`}.`,
    held: (until, reason) => `It is held until ${until}${because(reason)}.`,
    outcome: (reason) => endSentence(beginSentence(reason)),
    goesTo: (some) =>
      some === 0 ? 'It goes to no destination.' : `It goes to ${count(some, 'destination', 'destinations')}.`,
    due: (platform, next, reason) =>
      `Delivery to ${platform} is due, next attempt ${next}${because(reason)}.`,
    settled: (platform, state, reason) =>
      `Delivery to ${platform} ${state} without an attempt${because(reason)}.`,
    note: (platform, note) => endSentence(`Delivery to ${platform} ${note ?? 'noted'}`),
    attempt: ({ attempt, platform, result, reason, httpStatus, reference }) => {
      const told = {
        taken: 'was taken',
        accepted: 'was taken to be worked on',
        refused: `was not taken: ${reason ?? 'no reason given'}`,
      }[result];
      const answer = httpStatus === null ? 'no answer' : `HTTP ${httpStatus}`;
      const there = reference === null ? '' : ` Its reference there: ${reference}.`;
      return `Attempt ${attempt} to ${platform} ${told} (${answer}).${there}`;
    },
  },
  money: (amount, currency) => (currency === null ? amount : `${amount} ${currency}`),
};
