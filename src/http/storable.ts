import type { App } from './deps.ts';
import { sendProblem } from './errors.ts';
import { badFields, type FieldError } from './problem.ts';

const MAX_DEPTH = 32;

/** PostgreSQL takes neither NUL nor half a character: the admin API refuses them by name instead of failing on them. */
export function registerTextCheck(app: App): void {
  app.addHook('preValidation', async (request, reply) => {
    if (!request.routeOptions.url?.startsWith('/api/')) return;
    const errors = [...findUnstorable(request.body, [], 0), ...findUnstorable(request.query, [], 0)];
    if (errors.length > 0) return sendProblem(reply, badFields(errors.slice(0, 20)));
  });
}

const isUnstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

function* findUnstorable(value: unknown, path: readonly string[], depth: number): Generator<FieldError> {
  if (typeof value === 'string') {
    if (isUnstorable(value)) yield { path: path.join('.'), message: 'holds a character that is not allowed' };
    return;
  }
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  if (depth > MAX_DEPTH) {
    yield { path: path.join('.'), message: 'is nested too deeply' };
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (isUnstorable(key)) yield { path: path.join('.'), message: 'has a field whose name is not allowed' };
    else yield* findUnstorable(item, [...path, key], depth + 1);
  }
}
