import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readObjects, readText, retryRequest, slowDown } from '../answers.ts';

/** What the live endpoint's answer means: any 2xx is all that it ever says, even of invalid events. */
export function readResponse(response: HttpResponse): BatchOutcome {
  return { scope: 'all', outcome: readStatus(response) };
}

function readStatus(response: HttpResponse): Outcome {
  const { status } = response;
  const words = `Google Analytics answered ${status}`;
  if (status >= 200 && status < 300) return { kind: 'delivered', receipt: null };
  if (status === 429) return slowDown(words, response);
  if (status === 401 || status === 403) return { kind: 'unauthorized', reason: words };
  return status === 400 || status === 413 ? { kind: 'rejected', reason: words } : retryRequest(words);
}

/** The debug endpoint says what is wrong; it does not look at the secret. */
export function readTestResponse(response: HttpResponse): Outcome {
  const outcome = readStatus(response);
  if (outcome.kind !== 'delivered') return outcome;
  const messages = readObjects(readJsonObject(response.body)?.validationMessages);
  if (messages.length === 0) return outcome;
  const words = messages.map(
    (message) => readText(message.description) ?? readText(message.validationCode) ?? '?',
  );
  return { kind: 'rejected', reason: `Google Analytics: ${words.join('; ')}`.slice(0, 500) };
}
