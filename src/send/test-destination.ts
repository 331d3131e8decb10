import { type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../domain/outcome.ts';
import { resumeDestination } from './destination-states.ts';
import type { LaneTools } from './lane.ts';
import { listSecrets, scrub } from './scrub.ts';

/** What a platform said to a test event. */
export interface TestAnswer {
  readonly isAccepted: boolean;
  /** In words for the owner: what it means and what to do. */
  readonly explanation: string;
  /** Null when there was no answer, as `response`. */
  readonly httpStatus: number | null;
  /** The answer's JSON, or `{text}` where it was none; without secrets. */
  readonly response: Readonly<Record<string, unknown>> | null;
  /** The platform's own reference. */
  readonly receipt: string | null;
  readonly durationMs: number;
}

/** What a test needs of the sender's tools. */
export type TestTools = Omit<LaneTools, 'logger'>;

const TIMEOUT_MS = 10_000;
const NO_ANSWER = { isAccepted: false, httpStatus: null, response: null, receipt: null, durationMs: 0 };

/**
 * Sends one marked test event to a destination; null if there is none. One that is accepted proves the credentials,
 * so it ends the destination's pause.
 */
export async function testDestination(tools: TestTools, destinationId: string): Promise<TestAnswer | null> {
  const destination = tools.registry.destination(destinationId);
  const platform = destination && tools.findPlatform(destination.platform);
  if (!destination || !platform) return null;
  const opened = platform.open(destination, tools.baseUrl(platform.base, destination.workspaceId));
  if (opened.kind === 'misconfigured') return { ...NO_ANSWER, explanation: opened.reason };
  const request = opened.buildTestRequest(tools.clock.now());
  const result = await tools.outbound.send(request, { timeoutMs: TIMEOUT_MS, trust: 'vendor' });
  const { durationMs } = result;
  if (result.kind === 'failure') {
    const explanation = `${platform.name} could not be reached: ${result.detail}. Try again in a minute.`;
    return { ...NO_ANSWER, explanation, durationMs };
  }
  const response = scrubResponse(result.response, destination.credentials);
  const outcome = readFirst(opened.readResponse(response, 1));
  if (outcome.kind === 'delivered') {
    const at = new Date(tools.clock.now());
    await resumeDestination(tools.db, { workspaceId: destination.workspaceId, destinationId, at });
  }
  return {
    isAccepted: outcome.kind === 'delivered',
    explanation: explain(platform.name, outcome),
    httpStatus: response.status,
    response: readJsonObject(response.body) ?? { text: response.body.slice(0, 2_000) },
    receipt: outcome.kind === 'delivered' ? outcome.receipt : null,
    durationMs,
  };
}

function scrubResponse(response: HttpResponse, credentials: unknown): HttpResponse {
  return { ...response, body: scrub(response.body, listSecrets(credentials)) };
}

function readFirst(answer: BatchOutcome): Outcome {
  const outcome = answer.scope === 'all' ? answer.outcome : answer.outcomes[0];
  return outcome ?? { kind: 'rejected', reason: 'the answer does not mention the event' };
}

function explain(name: string, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'delivered':
      return `${name} took the test event: credentials and settings are good.`;
    case 'retry':
      return `${name} cannot take events right now (${outcome.reason}). Try again in a minute.`;
    case 'rejected':
      return `${name} knows the credentials and refused the test event: ${outcome.reason}.`;
    case 'unauthorized':
      return `${name} refuses the credentials or the settings (${outcome.reason}). Make a new token with access to this account and check the ids.`;
  }
}
