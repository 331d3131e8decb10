import { type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { retryRequest } from '../platforms/answers.ts';
import type { OpenedDestination } from '../platforms/platform.ts';
import type { Destination } from '../settings/types.ts';
import { resumeDestination } from './destination-states.ts';
import type { LaneTools } from './lane-tools.ts';
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
  const opened = platform.open(destination, (name) => tools.baseUrl(name, destination.workspaceId));
  if (opened.kind === 'misconfigured') return { ...NO_ANSWER, explanation: opened.reason };
  const told = await tell(tools, destination, opened);
  const { outcome, response, durationMs } = told;
  if (outcome.kind === 'delivered') {
    const at = new Date(tools.clock.now());
    await resumeDestination(tools.db, { workspaceId: destination.workspaceId, destinationId, at });
  }
  return {
    isAccepted: outcome.kind === 'delivered',
    explanation: response ? explain(platform.name, outcome) : buildUnreachable(platform.name, outcome),
    httpStatus: response?.status ?? null,
    response: response && (readJsonObject(response.body) ?? { text: response.body.slice(0, 2_000) }),
    receipt: outcome.kind === 'delivered' ? outcome.receipt : null,
    durationMs,
  };
}

interface Told {
  readonly outcome: Outcome;
  /** Null when there was no answer. */
  readonly response: HttpResponse | null;
  readonly durationMs: number;
}

/** Its access token is always a new one: what is tested are the credentials. */
async function tell(tools: TestTools, destination: Destination, opened: OpenedDestination): Promise<Told> {
  tools.tokens.drop(destination);
  const token = opened.token === null ? null : await tools.tokens.find(destination, opened.token);
  if (token?.kind === 'failed') {
    const response = token.response && scrubResponse(token.response, destination.credentials);
    return { outcome: token.outcome, response, durationMs: token.durationMs };
  }
  const request = opened.buildTestRequest(tools.clock.now(), token?.token ?? null);
  const result = await tools.outbound.send(request, { timeoutMs: TIMEOUT_MS, trust: 'vendor' });
  const { durationMs } = result;
  if (result.kind === 'failure') return { outcome: retryRequest(result.detail), response: null, durationMs };
  const response = scrubResponse(result.response, [destination.credentials, token?.token ?? '']);
  return { outcome: opened.readTestResponse(response), response, durationMs };
}

const buildUnreachable = (name: string, outcome: Outcome): string =>
  `${name} could not be reached: ${'reason' in outcome ? outcome.reason : 'no answer'}. Try again in a minute.`;

function scrubResponse(response: HttpResponse, credentials: unknown): HttpResponse {
  return { ...response, body: scrub(response.body, listSecrets(credentials)) };
}

function explain(name: string, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'delivered':
      return `${name} took the test event: credentials and settings are good.`;
    case 'accepted':
      return `${name} took the test event and says later what became of it (${outcome.requestId}).`;
    case 'retry':
      return `${name} cannot take events right now (${outcome.reason}). Try again in a minute.`;
    case 'rejected':
      return `${name} knows the credentials and refused the test event: ${outcome.reason}.`;
    case 'unauthorized':
      return `${name} refuses the credentials or the settings (${outcome.reason}). Make a new token with access to this account and check the ids.`;
  }
}
