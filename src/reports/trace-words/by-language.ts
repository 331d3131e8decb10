import { ENGLISH } from './english.ts';
import type { HopTexts, TraceLanguage } from './hop-texts.ts';
import { PORTUGUESE } from './portuguese.ts';

/** The sentences of a trace by language. */
export const HOP_TEXTS: Readonly<Record<TraceLanguage, HopTexts>> = { pt: PORTUGUESE, en: ENGLISH };
