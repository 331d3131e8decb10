import type { FastifyReply, FastifyRequest } from 'fastify';
import { type PageLanguage, readPageLanguage } from './language.ts';

const COOKIE = 'rastro_lang';
const YEAR_S = 31_536_000;

/** A cookie's value as it was sent; null if there is none of that name. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').slice(0, 8_192).split(';')) {
    const mark = part.indexOf('=');
    if (mark > 0 && part.slice(0, mark).trim() === name) return part.slice(mark + 1).trim();
  }
  return null;
}

/** The language that a person chose by `?lang=`, now or before; else the browser's. A choice is kept for a year. */
export function readChosenLanguage(request: FastifyRequest, reply: FastifyReply): PageLanguage {
  const wish = new URL(request.url, 'http://page').searchParams.get('lang');
  if (wish === 'pt' || wish === 'en') {
    reply.header('set-cookie', `${COOKIE}=${wish}; Max-Age=${YEAR_S}; Path=/; SameSite=Lax; HttpOnly`);
    return wish;
  }
  const kept = readCookie(request.headers.cookie, COOKIE);
  return kept === 'pt' || kept === 'en' ? kept : readPageLanguage(request.headers['accept-language']);
}

/** The address of the same page in another language. */
export function buildLanguageHref(path: string, language: PageLanguage): string {
  const url = new URL(path, 'http://page');
  url.searchParams.set('lang', language);
  return `${url.pathname}${url.search}`;
}
