import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../io/database-away.ts';
import { LogAwayError } from '../log/capture-log.ts';
import type { App } from './deps.ts';
import { badFields, type FieldError, type Problem, problem, refuse } from './problem.ts';

const BODY_PROBLEMS: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problem(413, 'Body too large', 'A body may have at most 256 KiB.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problem(
    415,
    'Unsupported content type',
    'Send the body as application/json.',
  ),
  FST_ERR_CTP_EMPTY_JSON_BODY: problem(
    400,
    'Malformed body',
    'The body is empty; a JSON object was expected.',
  ),
  FST_ERR_CTP_INVALID_JSON_BODY: problem(400, 'Malformed body', 'The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: problem(
    400,
    'Malformed request',
    'The body is not as long as Content-Length says.',
  ),
};

/** PostgreSQL's code of a statement that ran into its time limit. */
const QUERY_CANCELED = '57014';

/** Answers every error of every route as a problem; only what is a bug or a broken machine becomes a 5xx. */
export function registerErrors(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = readError(error, request);
    if (answer.status >= 500)
      request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    if (answer.status === 503) reply.header('retry-after', '5');
    return sendProblem(reply, answer);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'Not found', 'There is nothing at this address.')),
  );
}

/** Sends a problem from a hook or a handler without response schemas. */
export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply.send(JSON.stringify(refuse(reply, answer)));
}

function readError(error: FastifyError, request: FastifyRequest): Problem {
  if (error.validation) return readValidation(error, request);
  const known = BODY_PROBLEMS[error.code];
  if (known) return known;
  if (isDatabaseAway(error)) {
    return problem(503, 'Database away', 'The database cannot be reached; try again in a few seconds.');
  }
  if (error instanceof LogAwayError) {
    return problem(
      503,
      'Capture stream away',
      'A part of the capture log cannot be read now; try again later.',
    );
  }
  if (error.code === QUERY_CANCELED) {
    return problem(503, 'Took too long', 'The database gave up on this question; ask for less at a time.');
  }
  if (isUnstorable(error)) {
    return problem(422, 'Invalid fields', 'A value cannot be stored: it is too large or of the wrong form.');
  }
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) {
    return problem(error.statusCode, 'Bad request', 'The request cannot be understood.');
  }
  return problem(500, 'Internal error', `Something broke here; the log has it under request ${request.id}.`);
}

function readValidation(error: FastifyError, request: FastifyRequest): Problem {
  if (error.validationContext === 'params') {
    return problem(
      404,
      'Not found',
      `There is nothing at ${request.routeOptions.url ?? 'this address'} with this id.`,
    );
  }
  return badFields((error.validation ?? []).flatMap(readIssue));
}

type Issue = NonNullable<FastifyError['validation']>[number];

function readIssue(issue: Issue): FieldError[] {
  const path = issue.instancePath.slice(1).replaceAll('/', '.');
  const { keys } = issue.params;
  if (issue.keyword === 'unrecognized_keys' && Array.isArray(keys)) {
    return keys.map((key) => ({
      path: path ? `${path}.${key}` : String(key),
      message: 'There is no such field.',
    }));
  }
  return [{ path, message: issue.message ?? 'Invalid value' }];
}

/** Class 22: the value has no form that the column takes (a NUL character, a number out of range). */
function isUnstorable(error: FastifyError): boolean {
  return typeof error.code === 'string' && /^22[0-9A-Z]{3}$/.test(error.code);
}
