import { z } from 'zod';

/** One bad field: `path` with dots (`bots.0.weight`), empty for the body as a whole. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An answer that says what is wrong and what to do (RFC 9457). */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  errors?: FieldError[] | undefined;
}

/** The media type of every error on JSON routes. */
export const PROBLEM_TYPE = 'application/problem+json';

const fieldErrorSchema = z.object({
  path: z.string().describe('The field, with dots: `bots.0.weight`; empty for the body as a whole.'),
  message: z.string(),
});

const problemSchema = z
  .object({
    status: z.int(),
    title: z.string(),
    detail: z.string(),
    errors: z.array(fieldErrorSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'What is wrong and what to do about it (RFC 9457).' });

/** Makes a problem; `detail` is for people and never holds a secret. */
export function problem(status: number, title: string, detail: string, errors?: FieldError[]): Problem {
  return errors ? { status, title, detail, errors } : { status, title, detail };
}

/** 404, also for what belongs to another workspace. */
export const notFound = (what: string): Problem =>
  problem(404, 'Not found', `There is no such ${what} in this workspace.`);

/** 422 with one error a field. */
export const badFields = (errors: FieldError[]): Problem =>
  problem(422, 'Invalid fields', 'Some fields are missing or wrong; see errors.', errors);

/** 422 of a single field. */
export const badField = (path: string, message: string): Problem => badFields([{ path, message }]);

interface Refusable {
  statusCode: number;
  header(name: 'content-type', value: string): unknown;
}

/** Sets status and media type of the reply; the handler returns the result: `return refuse(reply, notFound('bot'))`. */
export function refuse(reply: Refusable, answer: Problem): Problem {
  reply.statusCode = answer.status;
  reply.header('content-type', PROBLEM_TYPE);
  return answer;
}

const MEANINGS = {
  400: 'The body is not what its content type says.',
  401: 'No API key and no session, or one that is not known.',
  403: 'The key may not do this.',
  404: 'There is none, or it is another workspace’s.',
  409: 'It collides with what is there.',
  413: 'The body is larger than 256 KiB.',
  415: 'The content type is not taken here.',
  422: 'Some fields are missing or wrong.',
  429: 'Too many; wait as long as `Retry-After` says.',
  503: 'A part that is needed is away; try again.',
} as const;

type ErrorStatus = keyof typeof MEANINGS;
type ErrorResponse = {
  description: string;
  content: { 'application/problem+json': { schema: typeof problemSchema } };
};

/** The error part of a route's `response` schema: `response: { 200: botSchema, ...errorResponses(401, 403, 404) }`. */
export function errorResponses<S extends ErrorStatus>(...statuses: S[]): Record<S, ErrorResponse> {
  const entries = statuses.map((status) => [
    status,
    { description: MEANINGS[status], content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
  ]);
  return Object.fromEntries(entries);
}
