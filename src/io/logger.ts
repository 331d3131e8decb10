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

/** An error as it may be logged: its name, message, code and stack, never its query's parameters. */
function readError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? error.code : undefined;
  return { type: error.name, message: error.message.slice(0, 500), code, stack: error.stack?.slice(0, 2000) };
}
