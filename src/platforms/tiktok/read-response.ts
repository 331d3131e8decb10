import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readText, retryRequest, sendAgain, slowDown } from '../answers.ts';

/** No permission; token expired, revoked, missing or wrong: the owner must act. */
const CREDENTIAL_CODES = new Set([40001, 40101, 40102, 40103, 40104, 40105, 40110]);
const RATE_CODES = new Set([40100, 40133]);
const PARTIAL_CODE = 20001;

/** Where a message names the bad event: `Batch.0.properties.contents.0.content_id: Not a valid string`. */
const BATCH_INDEX = /\bBatch\.(\d+)\b/i;

/** What TikTok's answer means: its status is 200 for errors too, success is the code 0 alone. */
export function readResponse(response: HttpResponse, count: number): BatchOutcome {
  const body = readJsonObject(response.body);
  const code = body?.code;
  if (!body || typeof code !== 'number') {
    return all(readWithoutCode(response));
  }
  const requestId = readText(body.request_id);
  const words = `TikTok ${code}: ${readText(body.message) ?? 'no words'}`.slice(0, 500);
  if (code === 0) return all({ kind: 'delivered', receipt: requestId });
  // Which events were left out it does not say: a batch goes again in parts, its event ids keep it from counting twice.
  if (code === PARTIAL_CODE) {
    return all(count > 1 ? { kind: 'rejected', reason: words } : { kind: 'delivered', receipt: requestId });
  }
  if (RATE_CODES.has(code) || response.status === 429) return all(slowDown(words, response));
  if (CREDENTIAL_CODES.has(code)) return all({ kind: 'unauthorized', reason: words });
  if (code >= 40_000 && code < 50_000) return readPayloadError(words, count);
  return all(retryRequest(words));
}

function readWithoutCode(response: HttpResponse): Outcome {
  const words = `TikTok answered ${response.status} with something that is not its JSON`;
  return response.status === 429 ? slowDown(words, response) : retryRequest(words);
}

/** A message that names the bad event leaves the others to go again without it. */
function readPayloadError(words: string, count: number): BatchOutcome {
  const index = Number(BATCH_INDEX.exec(words)?.[1] ?? Number.NaN);
  if (count === 1 || !(index < count)) return all({ kind: 'rejected', reason: words });
  const others = sendAgain('another event of its request was refused');
  const outcomes = Array.from(
    { length: count },
    (_none, at): Outcome => (at === index ? { kind: 'rejected', reason: words } : others),
  );
  return { scope: 'each', outcomes };
}

const all = (outcome: Outcome): BatchOutcome => ({ scope: 'all', outcome });
