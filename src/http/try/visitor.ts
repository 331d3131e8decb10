import { randomInt } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SimulatedPerson } from '../../simulators/telegram-types.ts';
import { readCookie } from '../pages/chosen-language.ts';
import type { PageLanguage } from '../pages/language.ts';

const COOKIE = 'rastro_try';
const MAX_AGE_S = 30 * 86_400;
/** Larger than Telegram's own ids, and too many to guess somebody's. */
const FIRST_ID = 1_000_000_000_000;
const LAST_ID = 90_000_000_000_000;
const NAMES = [
  'Ana',
  'Bruno',
  'Carla',
  'Diego',
  'Elisa',
  'Felipe',
  'Gabi',
  'Heitor',
  'Isis',
  'João',
] as const;

/** The Telegram person that a browser plays; made with its first visit, and the same for a month. */
export function readVisitor(
  request: FastifyRequest,
  reply: FastifyReply,
  language: PageLanguage,
): SimulatedPerson {
  const known = Number(readCookie(request.headers.cookie, COOKIE));
  const isKnown = Number.isSafeInteger(known) && known >= FIRST_ID && known < LAST_ID;
  const id = isKnown ? known : randomInt(FIRST_ID, LAST_ID);
  if (!isKnown) {
    reply.header('set-cookie', `${COOKIE}=${id}; Max-Age=${MAX_AGE_S}; Path=/; SameSite=Lax; HttpOnly`);
  }
  return {
    id,
    firstName: NAMES[id % NAMES.length] ?? 'Ana',
    languageCode: language === 'pt' ? 'pt-br' : 'en',
  };
}
