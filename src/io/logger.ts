import { type Logger, pino } from 'pino';

export type { Logger };

const SECRET_PATHS = [
  '*.token',
  '*.access_token',
  '*.password',
  '*.authorization',
  '*.credentials',
  '*.secret',
];

/** Structured JSON lines on standard output; fields with a secret's name are cut out wherever they stand one level deep. */
export function openLogger(level: string): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    serializers: { err: readError },
  });
}

/** Databases and libraries quote what they were given: whatever looks like a person or a secret is masked. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\d{6,}:[\w-]{30,}/g, '[token]'],
  [/\b(?:rastro_|sk_(?:live|test)_|EAA)[\w-]{20,}/g, '[token]'],
  [/\b[0-9a-f]{32,}\b/gi, '[token]'],
  [/[\w.!#$&'*+/=?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/g, '[e-mail]'],
  [/\b(?!127\.|10\.|192\.168\.|0\.)(?:\d{1,3}\.){3}\d{1,3}\b/g, '[address]'],
  [/\b2[0-9a-f]{3}:[0-9a-f:]{2,}[0-9a-f]\b/gi, '[address]'],
  [/\+\d[\d\s().-]{7,}\d|\b\d{12,13}\b/g, '[phone]'],
];

/** A text without e-mails, phones, public addresses and tokens. */
export function maskText(text: string): string {
  return MASKS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}

/** An error as it may be logged: its name, message, code and stack, never its query's parameters. */
function readError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: maskText(String(error)) };
  const code = 'code' in error ? error.code : undefined;
  const message = maskText(error.message.slice(0, 500));
  return { type: error.name, message, code, stack: maskText((error.stack ?? '').slice(0, 2000)) };
}
